//go:build !linux

package camera

import (
	"context"
	"errors"

	"github.com/tillgate/tillgate/driver"
)

var errElsewhere = errors.New("webcams are driven on Linux only: use the camera of the page (“Camera”)")

func listCameras() ([]node, error) { return nil, nil }

func locatePath(string, []node) (node, error) { return node{}, errElsewhere }

func (n node) permitted() error { return nil }

// Run says that this system is none on which webcams are driven.
func (s *webcam) Run(ctx context.Context, t driver.Till) error { return errElsewhere }
