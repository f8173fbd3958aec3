//go:build !windows

package seal

// fileHolder is who keeps the key that is in our file.
const fileHolder = File

// hold makes of a secret what is written into the file.
func hold(secret []byte) ([]byte, error) { return secret, nil }

// release makes the secret of it again.
func release(held []byte) ([]byte, error) { return held, nil }
