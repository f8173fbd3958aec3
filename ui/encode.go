package ui

import (
	"encoding/json"
	"strconv"
)

// The two messages that carry sections of the state are put together by hand, from
// what is encoded already: encoding/json would read every section once more. A test
// holds them to their types, stateMessage and changeMessage.

// stateOf is a stateMessage.
func stateOf(seq uint64, sections []json.RawMessage) []byte {
	var members []byte
	for i, s := range sections {
		members = appendMember(members, sectionNames[i], s)
	}
	return envelope("state", seq, "state", members)
}

// changeOf is a changeMessage.
func changeOf(seq uint64, set []byte) []byte { return envelope("change", seq, "set", set) }

func envelope(kind string, seq uint64, name string, members []byte) []byte {
	b := make([]byte, 0, len(members)+64)
	b = append(b, `{"type":"`...)
	b = append(b, kind...)
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, seq, 10)
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":{`...)
	b = append(b, members...)
	return append(b, "}}"...)
}

// appendMember adds a member to those of an object. Names are identifiers of ours:
// there is nothing in them to escape.
func appendMember(members []byte, name string, value []byte) []byte {
	if len(members) > 0 {
		members = append(members, ',')
	}
	members = append(members, '"')
	members = append(members, name...)
	members = append(members, '"', ':')
	return append(members, value...)
}
