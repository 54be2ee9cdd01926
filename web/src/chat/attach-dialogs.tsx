import type { Chat } from 'parley-client';
import { useEffect, useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { Button, Dialog, Field, Notice, Spinner } from '../app/ui/index.ts';
import { PersonPicker } from '../people/person-picker.tsx';
import { chatTexts } from '../texts/chat.ts';

interface Props {
  readonly chat: Chat;
  readonly onClose: () => void;
}

/** Sends where the person is: shown before it is sent. */
export function LocationDialog({ chat, onClose }: Props) {
  const t = useTexts(chatTexts);
  const [place, setPlace] = useState<GeolocationCoordinates | null>(null);
  const [failed, setFailed] = useState(false);
  const [name, setName] = useState('');
  useEffect(() => {
    if (!('geolocation' in navigator)) return setFailed(true);
    let isHere = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => isHere && setPlace(coords),
      () => isHere && setFailed(true),
      { enableHighAccuracy: true, timeout: 20_000 },
    );
    return () => {
      isHere = false;
    };
  }, []);
  const send = () => {
    if (!place) return;
    const { latitude, longitude } = place;
    const words = name.trim();
    // What is refused shows at the message.
    chat.send({ location: { latitude, longitude, ...(words === '' ? {} : { name: words }) } }).catch(() => {});
    onClose();
  };
  return (
    <Dialog
      title={t.sendLocation}
      size="small"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button tone="main" icon="send" disabled={place === null} onClick={send}>
            {t.send}
          </Button>
        </>
      }
    >
      {failed ? (
        <Notice tone="warn">{t.noLocation}</Notice>
      ) : place ? (
        <p>
          {place.latitude.toFixed(5)}, {place.longitude.toFixed(5)} (± {Math.round(place.accuracy)} m)
        </p>
      ) : (
        <Spinner label={t.loading} />
      )}
      <Field label={t.locationName} value={name} maxLength={50} onInput={setName} />
    </Dialog>
  );
}

/** Sends the cards of friends, each as a message. */
export function ContactDialog({ chat, onClose }: Props) {
  const t = useTexts(chatTexts);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const send = () => {
    for (const contact of chosen) chat.send({ contact }).catch(() => {});
    onClose();
  };
  return (
    <Dialog
      title={t.sendContact}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button tone="main" icon="send" disabled={chosen.size === 0} onClick={send}>
            {t.send}
          </Button>
        </>
      }
    >
      <PersonPicker label={t.contact} chosen={chosen} onChange={setChosen} />
    </Dialog>
  );
}
