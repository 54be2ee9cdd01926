import { useEffect, useState } from 'preact/hooks';

/** As in panes.css: there is room for one pane. */
const phone = matchMedia('(max-width: 720px)');

export function useIsPhone(): boolean {
  const [isPhone, setPhone] = useState(phone.matches);
  useEffect(() => {
    const look = () => setPhone(phone.matches);
    phone.addEventListener('change', look);
    return () => phone.removeEventListener('change', look);
  }, []);
  return isPhone;
}
