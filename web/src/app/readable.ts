export { useReadable } from 'parley-client/react';
