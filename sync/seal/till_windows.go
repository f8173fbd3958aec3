package seal

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// fileHolder is who keeps the key that is in our file: it is sealed with the
// Data Protection API for the account that the service runs as.
const fileHolder = System

// hold makes of a secret what is written into the file.
func hold(secret []byte) ([]byte, error) {
	var out windows.DataBlob
	err := windows.CryptProtectData(blob(secret), nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out)
	if err != nil {
		return nil, fmt.Errorf("CryptProtectData: %w", err)
	}
	return take(&out)
}

// release makes the secret of it again. Only the account that held it can.
func release(held []byte) ([]byte, error) {
	if len(held) == 0 {
		return nil, errors.New("the file is empty")
	}
	var out windows.DataBlob
	err := windows.CryptUnprotectData(blob(held), nil, nil, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out)
	if err != nil {
		return nil, fmt.Errorf("CryptUnprotectData: %w", err)
	}
	return take(&out)
}

func blob(b []byte) *windows.DataBlob {
	return &windows.DataBlob{Size: uint32(len(b)), Data: &b[0]}
}

// take copies a blob of the system's and gives it back.
func take(b *windows.DataBlob) ([]byte, error) {
	content := bytes.Clone(unsafe.Slice(b.Data, b.Size))
	_, err := windows.LocalFree(windows.Handle(unsafe.Pointer(b.Data)))
	return content, err
}
