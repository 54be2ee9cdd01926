import './app/tokens.css';
import './app/base.css';
import './app/app.css';
import './app/theme.ts';
import { render } from 'preact';
import { App } from './app/app.tsx';
import { parley } from './app/parley.ts';

const root = document.getElementById('root');
if (root) render(<App />, root);
void parley.restore();
