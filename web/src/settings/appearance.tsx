import { type Locale, locale, locales, setLocale, useTexts } from '../app/i18n.ts';
import { setTheme, theme } from '../app/theme.ts';
import { Choice } from '../app/ui/index.ts';
import { settings } from '../texts/settings.ts';

/** The language and the colours of this browser. */
export function Appearance() {
  const t = useTexts(settings);
  return (
    <>
      <Choice
        isRow
        label={t.language}
        value={locale.value}
        options={(Object.keys(locales) as Locale[]).map((value) => ({ value, label: locales[value] }))}
        onChange={setLocale}
      />
      <Choice
        isRow
        label={t.theme}
        value={theme.value}
        options={(['system', 'light', 'dark'] as const).map((value) => ({ value, label: t.themes[value] }))}
        onChange={setTheme}
      />
    </>
  );
}
