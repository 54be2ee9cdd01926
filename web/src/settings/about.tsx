import { LimitsDocument } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useTexts } from '../app/i18n.ts';
import logo from '../app/icon.svg';
import { useReading } from '../people/reading.ts';
import { settings } from '../texts/settings.ts';
import { Read } from './reading-settings.tsx';

/** What this is. */
export function About() {
  const t = useTexts(settings);
  const parley = useParley();
  const reading = useReading(
    'server',
    async () => (await parley.request(LimitsDocument, {})).serverInfo,
    () => false,
  );
  return (
    <>
      <div class="settings-avatar">
        <img src={logo} width={56} height={56} alt="" />
        <div>
          <div class="settings-me-name">Parley</div>
          <Read reading={reading}>{(server) => <div class="soft small">{t.version(server?.version ?? '')}</div>}</Read>
        </div>
      </div>
      <p>{t.aboutText}</p>
      <p>
        <a href="/graphql" target="_blank" rel="noreferrer">
          {t.api}
        </a>
      </p>
    </>
  );
}
