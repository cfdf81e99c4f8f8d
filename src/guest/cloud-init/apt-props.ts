/** Sources of packages of Debian and Ubuntu. */
export interface AptProps {
  /** Whether the lists of the image stay as they are. */
  readonly preserveSourcesList?: boolean;
  /** Mirrors of the archive. */
  readonly primary?: readonly AptMirror[];
  /** Mirrors of the security updates. */
  readonly security?: readonly AptMirror[];
  /** Proxy for HTTP. */
  readonly proxy?: string;
  /** Proxy for HTTPS. */
  readonly httpsProxy?: string;
  /** Configuration of apt as it is. */
  readonly conf?: string;
  /** Answers given beforehand, by a name of your own: lines of `package question type answer`. */
  readonly debconfSelections?: { readonly [name: string]: string };
  /** Further sources, by the name of their file in /etc/apt/sources.list.d. */
  readonly sources?: { readonly [file: string]: AptSource };
}

/** A mirror of a distribution. */
export interface AptMirror {
  /** Architectures that it is for; `default` is every other. */
  readonly arches: readonly string[];
  /** Where it is. */
  readonly uri?: string;
  /** Mirrors of which the first that DNS knows is taken. */
  readonly search?: readonly string[];
  /** Public OpenPGP key, armored. */
  readonly key?: string;
  /** Fingerprint of its key, fetched from `keyserver`. */
  readonly keyid?: string;
  readonly keyserver?: string;
}

/** A source of packages. */
export interface AptSource {
  /** The line; `$RELEASE` and `$KEY_FILE` are filled in: `deb [signed-by=$KEY_FILE] https://... $RELEASE stable`. */
  readonly source?: string;
  /** Public OpenPGP key, armored. */
  readonly key?: string;
  /** Fingerprint of its key, fetched from `keyserver`. */
  readonly keyid?: string;
  readonly keyserver?: string;
  /** Name of the file, if it is not the key in `sources`. */
  readonly filename?: string;
  /**
   * Whether the line is added to what the file holds.
   * @default true
   */
  readonly append?: boolean;
}
