/** The markup of the page, with a place for its style, its script and a token. */
export const markup: string;
/** All styles of the page. */
export const style: string;
/** All scripts of the page, as one module without imports. */
export const script: string;
