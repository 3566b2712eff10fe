/** A picture that lies on Discord, and what is needed to download it. An attachment is one. */
export interface PictureFile {
  readonly url: string;
  readonly name: string;
  /** In bytes; 0 where only the download shows it. */
  readonly size: number;
  readonly spoiler: boolean;
}

/** Whether whoever posted it wants it seen only by who asks to. */
export const isHidden = ({ name, spoiler }: Pick<PictureFile, 'name' | 'spoiler'>): boolean =>
  spoiler || name.startsWith('SPOILER_');
