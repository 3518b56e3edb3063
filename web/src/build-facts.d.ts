/** The version of the app; the build puts it in. */
declare const __LOCKSTEP_VERSION__: string;
