export { fileOutput } from "./sink.ts";
export { fileInput, type FileInputOptions } from "./source.ts";
export { type FileWatch, type WatchFile, watchFiles } from "./watch-file.ts";
