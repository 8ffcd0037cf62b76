// Which chapters get a picture of their own, and where it stands. A chapter is
// known by its file's name without the number, its place by a word in a
// heading: before the next heading of any level. Where no heading has the word,
// the picture stands after the chapter's first session. Its program runs on the
// chapter's kernel; or on the last one's, whose heap can be walked.
const PICTURES = [
    {page: /page-table/, picture: 'Walk', at: /entries|reads them|what an entry/i},
    {page: /\d-malloc/, picture: 'Heap', program: 'fill.c', at: /finding|first fit/i},
    {page: /lazy/, picture: 'Pages', program: 'touch.c', at: /first touch|fault/i},
    {page: /promise/, picture: 'Promises', program: 'touch.c', at: /one number|making a promise/i},
    {page: /fork/, picture: 'Sharing', program: 'share.c', at: /write to a shared|copy on write|sharing/i},
    {page: /mmap/, picture: 'Holes', program: 'holes.c', at: /^mmap$|custom fit|where/i},
    {page: /heap-to-be-proud|better-heap/, picture: 'Bins', program: 'fill.c', last: true, at: /bins/i},
];

export function pictures(page) {
    return PICTURES.find(({page: pattern}) => pattern.test(page.file)) ?? null;
}
