package diag

// Messages about annotations of any dialect.
var (
	AnnotationInvalid = Message{
		"GW3001", Error, `{key} has the value "{value}", which is not {expected}: {reason}`,
		"write {expected}, for example {example}; until then {consequence}",
	}
	AnnotationUnknown = Message{
		"GW3002", Warning, "{key} is not an annotation that this class knows",
		"did you mean {suggestion}? Remove it or correct its name; it has no effect",
	}
	AnnotationMisplaced = Message{
		"GW3003", Warning, "{key} has no effect on a {kind}",
		"put it on a {kinds}",
	}
	AnnotationUnsupported = Message{
		"GW3004", Warning, "{key} is known but not carried out here: {why}",
		"remove it, or keep it if another controller serves this object too",
	}
	AnnotationAlias = Message{
		"GW3005", Notice, "{key} is an old name of {current}", "rename it to {current}; both work",
	}

	annotationMessages = []Message{
		AnnotationInvalid, AnnotationUnknown, AnnotationMisplaced, AnnotationUnsupported, AnnotationAlias,
	}
)
