package parts

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// etcdLogger writes lines like those of the other components, from warnings on. Where etcd gives up, by a fatal message or a
// panic, the reason goes to failed and only that goroutine ends: the process can still stop in order and say what happened.
func etcdLogger(w io.Writer, failed chan<- error) *zap.Logger {
	style := zap.NewProductionEncoderConfig()
	style.EncodeTime = zapcore.TimeEncoderOfLayout(time.DateTime)
	style.EncodeLevel = zapcore.CapitalLevelEncoder
	style.ConsoleSeparator = " "
	core := zapcore.NewCore(zapcore.NewConsoleEncoder(style), zapcore.AddSync(w), zapcore.WarnLevel)
	hook := giveUp(failed)
	return zap.New(core, zap.WithFatalHook(hook), zap.WithPanicHook(hook)).Named("etcd")
}

// giveUp is what etcd does after it has logged a fatal message.
type giveUp chan<- error

// OnWrite reports the message and ends the goroutine that logged it.
func (g giveUp) OnWrite(entry *zapcore.CheckedEntry, fields []zapcore.Field) {
	reason := error(nil)
	for _, f := range fields {
		if err, ok := f.Interface.(error); ok {
			reason = err
		}
	}
	if reason == nil {
		report(g, fmt.Errorf("etcd gave up: %s", entry.Message))
	} else {
		report(g, fmt.Errorf("etcd gave up: %s: %w", entry.Message, reason))
	}
	runtime.Goexit()
}

// report passes on the first failure; those after it are usually its consequences.
func report(failed chan<- error, err error) {
	select {
	case failed <- err:
	default:
	}
}
