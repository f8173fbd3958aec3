package ui

// enrolling is an Enroller that says what it is told to say.
type enrolling struct {
	now   Enrolment
	err   error
	ended int
}

func (e *enrolling) Begin() (Enrolment, error) { return e.now, e.err }
func (e *enrolling) Enrolment() Enrolment      { return e.now }
func (e *enrolling) End()                      { e.ended++ }
