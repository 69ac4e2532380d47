// Package keep keeps the state of the API in a folder, so that it survives a restart: one file, replaced as a whole.
//
// In: parts of the state, which know their version and can be written as JSON and read back.
// Out: the file state.json in the folder, and an error that names it when it cannot be read.
// Never imports: other rooms.
// Start reading at: keeper.go.
package keep
