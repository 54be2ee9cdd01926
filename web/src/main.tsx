import './app/tokens.css';
import './app/base.css';
import './app/app.css';
import './app/theme.ts';
import { ParleyProvider } from 'parley-client/react';
import { render } from 'preact';
import { App } from './app/app.tsx';
import { parley } from './app/parley.ts';

const root = document.getElementById('root');
if (root)
  render(
    <ParleyProvider parley={parley}>
      <App />
    </ParleyProvider>,
    root,
  );
// Until it is known whether somebody is signed in nothing else can be shown.
void parley.restore().catch(() => {});
