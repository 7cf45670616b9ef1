/** How a thing looks: the word beside it always says the same. */
export type Tone = 'bad' | 'warn' | 'good' | 'none';
