package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/yaml"

	"github.com/tillgate/tillgate/ui/checkout"
)

// outbound are the messages of the server, with the state as the desk's type so
// that examples are read strictly all the way down.
var outbound = map[string]func() any{
	"welcome": func() any { return new(welcomeMessage) },
	"state": func() any {
		return new(struct {
			Type  string         `json:"type"`
			Seq   uint64         `json:"seq"`
			State checkout.State `json:"state"`
		})
	},
	"change":  func() any { return new(changeMessage) },
	"scan":    func() any { return new(scanMessage) },
	"gap":     func() any { return new(gapMessage) },
	"answer":  func() any { return new(answerMessage) },
	"error":   func() any { return new(errorMessage) },
	"view":    func() any { return new(viewMessage) },
	"pairing": func() any { return new(pairingMessage) },
	"fatal":   func() any { return new(fatalMessage) },
}

// asyncDoc is what the tests need of the AsyncAPI document.
type asyncDoc struct {
	Components struct {
		Messages map[string]struct {
			Payload  json.RawMessage `json:"payload"`
			Examples []struct {
				Name    string          `json:"name"`
				Payload json.RawMessage `json:"payload"`
			} `json:"examples"`
		} `json:"messages"`
	} `json:"components"`
	Channels struct {
		Socket struct {
			Messages map[string]any `json:"messages"`
		} `json:"socket"`
	} `json:"channels"`
}

func readAsync(t *testing.T) asyncDoc {
	t.Helper()
	b, err := yaml.YAMLToJSON(asyncapi)
	if err != nil {
		t.Fatal(err)
	}
	var d asyncDoc
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Components.Messages) == 0 {
		t.Fatal("asyncapi.yaml has no messages")
	}
	return d
}

// loadSpec is openapi.yaml with the payloads of asyncapi.yaml among its schemas.
func loadSpec(t *testing.T) *openapi3.T {
	t.Helper()
	b, err := yaml.YAMLToJSON(openapi)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	for name, m := range readAsync(t).Components.Messages {
		var s any
		if err := json.Unmarshal(bytes.ReplaceAll(m.Payload, []byte("./openapi.yaml#"), []byte("#")), &s); err != nil {
			t.Fatal(err)
		}
		schemas["Message_"+name] = s
	}
	b, err = json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := spec.Validate(context.Background()); err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	return spec
}

// fits checks a JSON value against a schema of the documents.
func fits(t *testing.T, spec *openapi3.T, schema string, b []byte) {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	ref := spec.Components.Schemas[schema]
	if ref == nil {
		t.Fatalf("no schema %s", schema)
	}
	if err := ref.Value.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("%s: %v\n%s", schema, err, b)
	}
}

// Every example of the document is a message that the code takes or makes.
func TestExamplesAreTrue(t *testing.T) {
	doc, spec := readAsync(t), loadSpec(t)
	for name, m := range doc.Components.Messages {
		if len(m.Examples) == 0 {
			t.Errorf("%s has no example", name)
		}
		for _, e := range m.Examples {
			fits(t, spec, "Message_"+name, e.Payload)
			fresh := outbound[name]
			if _, in := inbound[name]; in {
				fresh = inbound[name]
				if _, err := parse(e.Payload); err != nil {
					t.Errorf("%s %s: %v", name, e.Name, err)
				}
			}
			if fresh == nil {
				t.Errorf("the code has no message %s", name)
				continue
			}
			v := fresh()
			if err := decodeStrict(bytes.NewReader(e.Payload), v); err != nil {
				t.Errorf("%s %s: %v", name, e.Name, err)
			}
			if !sameJSON(encode(v), e.Payload) {
				t.Errorf("%s %s is %s, encoded again %s", name, e.Name, e.Payload, encode(v))
			}
			if c, ok := v.(*changeMessage); ok {
				sections(t, c)
			}
		}
	}
}

// sections checks that what a change sets are sections of the state.
func sections(t *testing.T, c *changeMessage) {
	t.Helper()
	b := encode(c.Set)
	var s checkout.State
	if err := decodeStrict(bytes.NewReader(b), &s); err != nil {
		t.Error(err)
	}
	var again map[string]json.RawMessage
	json.Unmarshal(encode(s), &again)
	for name, v := range c.Set {
		if !sameJSON(again[name], v) {
			t.Errorf("section %s is %s, encoded again %s", name, v, again[name])
		}
	}
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// Every message type of the code is in the document, under its name.
func TestEveryMessageIsDocumented(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "message.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.TypeSpec); ok && strings.HasSuffix(s.Name.Name, "Message") {
			types = append(types, strings.TrimSuffix(s.Name.Name, "Message"))
		}
		return true
	})
	doc := readAsync(t)
	var documented, offered, coded []string
	for name := range doc.Components.Messages {
		documented = append(documented, name)
	}
	for name := range doc.Channels.Socket.Messages {
		offered = append(offered, name)
	}
	for name := range inbound {
		coded = append(coded, name)
	}
	for name := range outbound {
		coded = append(coded, name)
	}
	for _, l := range [][]string{types, documented, offered, coded} {
		sort.Strings(l)
	}
	if !slices.Equal(types, documented) || !slices.Equal(types, offered) || !slices.Equal(types, coded) {
		t.Errorf("in message.go %v\ndocumented   %v\non the channel %v\nin the tables %v", types, documented, offered, coded)
	}
}

// Every golden state, answer and command of the desk fits the documents.
func TestGoldensFitTheDocuments(t *testing.T) {
	spec := loadSpec(t)
	files, _ := filepath.Glob("checkout/testdata/*.json")
	if len(files) == 0 {
		t.Fatal("no golden files")
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := strings.Cut(filepath.Base(f), "-")
		if kind == "state" {
			fits(t, spec, "State", b)
			continue
		}
		b = bytes.Replace(b, []byte("{"), []byte(`{"type":"`+kind+`",`), 1)
		fits(t, spec, "Message_"+kind, b)
	}
}

// The examples of the guide are those of the document.
func TestGuideHasTheExamples(t *testing.T) {
	guide, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for i, block := range strings.Split(string(guide), "```") {
		if i%2 == 1 && strings.HasPrefix(block, "json\n") {
			shown = append(shown, strings.TrimPrefix(block, "json\n"))
		}
	}
	found := 0
	for _, s := range shown {
		for line := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
			ok := false
			for _, m := range readAsync(t).Components.Messages {
				for _, e := range m.Examples {
					ok = ok || sameJSON([]byte(line), e.Payload)
				}
			}
			if !ok {
				t.Errorf("not an example of asyncapi.yaml: %s", line)
			}
			found++
		}
	}
	if found < 10 {
		t.Errorf("the guide shows %d messages only", found)
	}
}
