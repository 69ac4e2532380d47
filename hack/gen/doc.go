// Command gen writes the reference pages that are rendered from declarations: annotations, attributes, messages. With
// -check it compares instead, and fails when a page is not what the declarations say now.
//
// In: the annotation registries, the attribute table, the message catalogue.
// Out: docs/reference/*.md.
// Never imports: anything that serves or watches.
// Start reading at: main.go.
package main
