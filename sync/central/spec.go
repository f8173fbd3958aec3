package central

import _ "embed"

// Spec is the central API's OpenAPI 3.1 document. Client and server are held
// against it in every exchange of their tests.
//
//go:embed openapi.yaml
var Spec []byte
