/** Howdah's version, put in by the build. */
declare const HOWDAH_VERSION: string;
