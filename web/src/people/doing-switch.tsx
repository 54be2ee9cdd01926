import { useState } from 'preact/hooks';
import { Notice, Switch } from '../app/ui/index.ts';
import { useDoing } from './reading.ts';

export interface DoingSwitchProps {
  readonly label: string;
  readonly hint?: string;
  readonly checked: boolean;
  readonly change: (checked: boolean) => Promise<unknown>;
}

/** A switch that shows at once what was wanted, and goes back where that is refused. */
export function DoingSwitch({ label, hint, checked, change }: DoingSwitchProps) {
  const doing = useDoing();
  const [wanted, setWanted] = useState<boolean | null>(null);
  const set = async (next: boolean) => {
    setWanted(next);
    if (!(await doing.run(() => change(next)))) setWanted(null);
  };
  // What was wanted holds until it is read again as that.
  if (wanted !== null && wanted === checked && !doing.isBusy) setWanted(null);
  return (
    <>
      <Switch label={label} hint={hint} checked={wanted ?? checked} onChange={(next) => void set(next)} />
      {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
    </>
  );
}
