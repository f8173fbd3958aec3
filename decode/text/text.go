// Package text turns the bytes of a scan into text.
package text

// Charset is how bytes became text.
type Charset string

// Binary is for bytes that are no text in any charset that was tried.
const Binary Charset = "binary"
