import { UpdateChatsetDocument, UpdateSettingsDocument, type ViewerQuery } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useTexts } from '../app/i18n.ts';
import { Choice, Notice, Switch } from '../app/ui/index.ts';
import { useDoing } from '../people/reading.ts';
import { settings } from '../texts/settings.ts';
import { type ChatRule, type RuleName, ruleNames, ruleOf, rules } from './chat-rule.ts';
import { WithAccount } from './reading-settings.tsx';

/** Who may write to the viewer, in words. */
export function Privacy() {
  return <WithAccount>{(viewer) => <Rules viewer={viewer} />}</WithAccount>;
}

function Rules({ viewer }: { readonly viewer: NonNullable<ViewerQuery['viewer']> }) {
  const t = useTexts(settings);
  const parley = useParley();
  const { isBusy, error, run } = useDoing();
  const { chatset } = viewer.user;
  const set = (whose: 'user' | 'visitor', name: RuleName) => void run(() => parley.request(UpdateChatsetDocument, { input: { [whose]: rules[name] } }));
  return (
    <>
      <p class="soft">{t.privacyIntro}</p>
      {error ? <Notice tone="danger">{error.message}</Notice> : null}
      <RuleChoice label={t.fromUsers} rule={chatset.user} texts={t.rules} disabled={isBusy} onChange={(name) => set('user', name)} />
      <RuleChoice label={t.fromVisitors} rule={chatset.visitor} texts={t.visitorRules} disabled={isBusy} onChange={(name) => set('visitor', name)} />
      <div class="settings-part">
        <Switch
          label={t.friendsAtOnce}
          hint={t.friendsAtOnceHint}
          checked={viewer.acceptsFriendsAtOnce}
          disabled={isBusy}
          onChange={(acceptsFriendsAtOnce) => void run(() => parley.request(UpdateSettingsDocument, { acceptsFriendsAtOnce }))}
        />
      </div>
    </>
  );
}

type RuleTexts = Readonly<Record<RuleName | `${RuleName}Hint`, string>>;

interface RuleChoiceProps {
  readonly label: string;
  readonly rule: ChatRule;
  readonly texts: RuleTexts;
  readonly disabled: boolean;
  readonly onChange: (name: RuleName) => void;
}

function RuleChoice({ label, rule, texts, disabled, onChange }: RuleChoiceProps) {
  return (
    <Choice
      label={label}
      value={ruleOf(rule)}
      options={ruleNames.map((value) => ({ value, label: texts[value], hint: texts[`${value}Hint`] }))}
      onChange={onChange}
      disabled={disabled}
    />
  );
}
