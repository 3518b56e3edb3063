/** The app's own drawings: 24 by 24, in the colour of the text around them. */

const SHAPES = {
  idea: "M9 18h6m-5 3h4M12 3a6 6 0 0 0-3.6 10.8c.7.6 1.1 1.3 1.1 2.2h5c0-.9.4-1.6 1.1-2.2A6 6 0 0 0 12 3Z",
  infobase:
    "M4 5.5C6.5 4.2 9.5 4.2 12 6c2.5-1.8 5.5-1.8 8-.5V19c-2.5-1.3-5.5-1.3-8 .5-2.5-1.8-5.5-1.8-8-.5V5.5ZM12 6v13.5",
  journal:
    "M7 3v3m10-3v3M4.5 9.5h15M6 4.5h12A1.5 1.5 0 0 1 19.5 6v13a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 19V6A1.5 1.5 0 0 1 6 4.5ZM8.5 13.5h4m-4 3.5h7",
  settings:
    "M4 7h9m5 0h2M4 17h3m5 0h8M15.5 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9.5 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  pen: "M4 20h4L19.5 8.5a2 2 0 0 0 0-2.8l-1.2-1.2a2 2 0 0 0-2.8 0L4 16v4Zm9.5-13.5 4 4",
  import: "M12 4v10m0 0 4-4m-4 4-4-4M4.5 15v3A1.5 1.5 0 0 0 6 19.5h12a1.5 1.5 0 0 0 1.5-1.5v-3",
  lock: "M8 10.5V8a4 4 0 0 1 8 0v2.5M6.5 10.5h11A1.5 1.5 0 0 1 19 12v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19v-7a1.5 1.5 0 0 1 1.5-1.5Zm5.5 4v2.5",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm4.7-1.8L20 20",
  back: "m14.5 5-7 7 7 7",
  close: "m6.5 6.5 11 11m0-11-11 11",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  eye_off:
    "M4 4l16 16M10 5.8a8.7 8.7 0 0 1 2-.3c6 0 9.5 6.5 9.5 6.5a17 17 0 0 1-2.7 3.5M6.5 7.7A16.6 16.6 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4.3-1.1M9.9 9.9a3 3 0 0 0 4.2 4.2",
  bin: "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12a1.5 1.5 0 0 0 1.5 1.5h6.4a1.5 1.5 0 0 0 1.5-1.5l.8-12M10 11v5.5m4-5.5v5.5",
  cloud: "M7 18.5a4.5 4.5 0 0 1-.6-8.96 6 6 0 0 1 11.5 1.06A4 4 0 0 1 17.5 18.5H7Z",
  cloud_done:
    "M7 18.5a4.5 4.5 0 0 1-.6-8.96 6 6 0 0 1 11.5 1.06A4 4 0 0 1 17.5 18.5H7Zm2-5 2.2 2.2 4-4",
  cloud_off:
    "M4 4l16 16M8.8 6.3a6 6 0 0 1 9.1 4.3 4 4 0 0 1 2.3 5.9M17 18.5H7a4.5 4.5 0 0 1-.6-8.96l.3-.7",
  cloud_wait:
    "M7 18.5a4.5 4.5 0 0 1-.6-8.96 6 6 0 0 1 11.5 1.06A4 4 0 0 1 17.5 18.5H7ZM12 15.5v-4m-2 1.8 2-2 2 2",
  warning: "M12 4 2.8 19.5h18.4L12 4Zm0 6v4.5m0 2.5v.1",
  disk: "M5 12.5h14M6.8 6h10.4l2.3 6.5V17a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 1 4.5 17v-4.5L6.8 6ZM8 15.6h.1",
  device:
    "M8 3.5h8A1.5 1.5 0 0 1 17.5 5v14a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 19V5A1.5 1.5 0 0 1 8 3.5ZM11 17.5h2",
  copy: "M9 8.5h9.5v12H9zM15 8.5v-5H5.5v12H9",
  key: "M8.5 15.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm4-4h8m-3 0v3.5m-3-3.5v2",
  print:
    "M7.5 8.5v-5h9v5M7.5 16.5H5A1.5 1.5 0 0 1 3.5 15v-5A1.5 1.5 0 0 1 5 8.5h14a1.5 1.5 0 0 1 1.5 1.5v5a1.5 1.5 0 0 1-1.5 1.5h-2.5m-9-2.5h9v6.5h-9z",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-.8.8M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l.8-.8",
} as const;

/** The name of a drawing. */
export type IconName = keyof typeof SHAPES;

/** A drawing; what it stands for is said by the text beside it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={SHAPES[name]} />
    </svg>
  );
}

/** The logo: two flights of steps that rise in lockstep. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 48 48" aria-hidden="true" focusable="false">
      <rect class="logo-ground" width="48" height="48" rx="11" />
      <path class="logo-step" d="M9 33h8v-8h8v-8h8V9" />
      <path class="logo-step logo-step-near" d="M17 39h8v-8h8v-8h6" />
    </svg>
  );
}
