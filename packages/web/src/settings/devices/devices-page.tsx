import { Laptop, MonitorSmartphone, MoreVertical, Pencil, Plus, Trash2 } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '@sotto/engine/api';
import { useErrorText } from '../../app/errors.ts';
import { Badge } from '../../design/badge.tsx';
import { Banner } from '../../design/banner.tsx';
import { SignButton } from '../../design/sign-button.tsx';
import { ListRow } from '../../design/list-row.tsx';
import { Menu } from '../../design/menu.tsx';
import type { MenuAction } from '../../design/menu.tsx';
import { Section } from '../../design/page.tsx';
import { formatDate } from '../../i18n/format.ts';
import { useEngine, useEngineEvents, useIsPrivate } from '../../state/profile-context.tsx';
import { SettingsPage } from '../settings-page.tsx';
import { RenameDeviceDialog } from './rename-device-dialog.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';

interface Known {
  readonly devices: readonly Device[];
  readonly canApprove: boolean;
}

/** The devices of the account: which there are, what they are called, and how one is added or removed. */
function DevicesPage() {
  const { t } = useTranslation('settings');
  const engine = useEngine();
  const isPrivate = useIsPrivate();
  const errorText = useErrorText();
  const [known, setKnown] = useState<Known | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [renaming, setRenaming] = useState<Device | null>(null);
  const [revoking, setRevoking] = useState<Device | null>(null);

  const read = useCallback(() => {
    engine.devices({}).then(setKnown, (error: unknown) => setProblem(errorText(error)));
  }, [engine, errorText]);
  useEffect(read, [read]);
  useEngineEvents(
    useCallback(
      (event) => {
        if (event.type === 'notice' || event.type === 'link' || event.type === 'resumed') read();
      },
      [read],
    ),
  );

  return (
    <SettingsPage title={t('nav.devices')}>
      <Section title={t('devices.list')} description={isPrivate ? t('devices.private') : t('devices.intro')} flush>
        {known?.devices.map((device) => (
          <DeviceRow key={device.device} device={device} onRename={setRenaming} onRevoke={setRevoking} />
        ))}
      </Section>
      {problem !== null && (
        <Banner tone="danger" live="alert">
          {problem}
        </Banner>
      )}
      {known?.canApprove === false && <Banner>{t('devices.cannot')}</Banner>}
      <Section flush>
        <ListRow
          start={<Plus size={20} aria-hidden />}
          title={t('devices.add')}
          detail={t('devices.addHint')}
          href="#/settings/add-device"
        />
      </Section>
      {renaming !== null && <RenameDeviceDialog device={renaming} onClose={() => setRenaming(null)} onRenamed={read} />}
      {revoking !== null && known !== null && (
        <RevokeDialog
          device={revoking}
          canApprove={known.canApprove}
          onClose={() => setRevoking(null)}
          onRevoked={setKnown}
        />
      )}
    </SettingsPage>
  );
}

interface DeviceRowProps {
  readonly device: Device;
  readonly onRename: (device: Device) => void;
  readonly onRevoke: (device: Device) => void;
}

function DeviceRow({ device, onRename, onRevoke }: DeviceRowProps) {
  const { t, i18n } = useTranslation('settings');
  const name = device.name === '' ? t('devices.noName') : device.name;
  const date = formatDate(i18n.language, device.createdAt);
  const actions: MenuAction[] = [
    {
      id: 'rename',
      label: t('devices.rename'),
      icon: <Pencil size={18} aria-hidden />,
      onAction: () => onRename(device),
    },
  ];
  if (!device.current) {
    actions.push({
      id: 'revoke',
      label: t('devices.revoke'),
      icon: <Trash2 size={18} aria-hidden />,
      danger: true,
      separated: true,
      onAction: () => onRevoke(device),
    });
  }
  const Sign = device.current ? Laptop : MonitorSmartphone;
  return (
    <ListRow
      start={<Sign size={20} aria-hidden />}
      title={
        <>
          <bdi>{name}</bdi> {device.current && <Badge>{t('devices.this')}</Badge>}
        </>
      }
      detail={t('devices.since', { number: device.device, date })}
      end={
        <Menu label={t('devices.actions', { name })} actions={actions}>
          <SignButton label={t('devices.actions', { name })} icon={<MoreVertical size={18} aria-hidden />} />
        </Menu>
      }
    />
  );
}

export default DevicesPage;
