package frame

// Advice is a code for what a cashier can do about a frame in which nothing was
// read.
type Advice string
