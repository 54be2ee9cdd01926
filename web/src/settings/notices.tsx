import { useTexts } from '../app/i18n.ts';
import { Notice, Switch } from '../app/ui/index.ts';
import { allowNotices, noticeChoice, refuseNotices } from '../chat/notices.ts';
import { settings } from '../texts/settings.ts';

/** Whether this browser tells of new messages. */
export function Notices() {
  const t = useTexts(settings);
  const choice = noticeChoice.value;
  const isPossible = choice !== 'blocked' && choice !== 'impossible';
  return (
    <>
      <Switch
        label={t.noticesSwitch}
        hint={t.noticesSwitchHint}
        checked={choice === 'on'}
        disabled={!isPossible}
        onChange={(isOn) => (isOn ? void allowNotices() : refuseNotices())}
      />
      {isPossible ? null : <Notice tone="warn">{choice === 'blocked' ? t.noticesBlocked : t.noticesImpossible}</Notice>}
    </>
  );
}
