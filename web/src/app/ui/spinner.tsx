import './spinner.css';

/** Something is on its way. With a label it is read out. */
export function Spinner({ size = 24, label }: { readonly size?: number; readonly label?: string }) {
  return (
    <span class="spinner" role={label ? 'status' : undefined} style={{ width: `${size}px`, height: `${size}px` }}>
      {label ? <span class="unseen">{label}</span> : null}
    </span>
  );
}
