import type { JoinPolicy } from 'parley-client/documents';
import { useTexts } from '../app/i18n.ts';
import { Choice } from '../app/ui/index.ts';
import { groupTexts } from '../texts/groups.ts';

interface PolicyChoiceProps {
  readonly value: JoinPolicy;
  readonly onChange: (value: JoinPolicy) => void;
  readonly disabled?: boolean;
}

/** Who comes into a group by its link. */
export function PolicyChoice({ value, onChange, disabled = false }: PolicyChoiceProps) {
  const t = useTexts(groupTexts);
  return (
    <Choice
      label={t.policy}
      value={value}
      onChange={onChange}
      disabled={disabled}
      options={[
        { value: 'OPEN', label: t.policyOpen },
        { value: 'APPROVAL', label: t.policyApproval },
        { value: 'USERS_ONLY', label: t.policyUsersOnly },
      ]}
    />
  );
}
