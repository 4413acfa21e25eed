package plan

// The constructors of the parent's steps around CRIU, which restores a container
// whose processes were checkpointed. Init becomes CRIU in a mount namespace of
// its own; the parent talks with it from then on, and each of its answers is the
// end of a step.

// Pass keeps a descriptor open for CRIU, which knows it by key.
func Pass(from Slot, key string) Step {
	return Step{Kind: KindPass, Actor: Parent, N: [maxInts]int64{int64(from)}, S: [maxStrings]string{key}}
}

// Restoration is what CRIU is asked for.
type Restoration struct {
	Images string // the directory, for the reader
	// From is that directory and Log that of the log, both opened by init, in whose
	// mount namespace CRIU mounts something in them.
	From, Log Slot
	// Mounts are those of the host that the container gets again: "KEY:PATH", where
	// KEY is what the images call it.
	Mounts []string
	// Namespaces are those that processes join: "TYPE:PATH".
	Namespaces []string
	Cgroups    string // --manage-cgroups-mode
}

// Restore asks CRIU for it, and ends when the first process is in its namespaces
// and has no memory yet. Undo has CRIU end, and with it all that it made.
func Restore(r Restoration) Step {
	return Step{
		Kind: KindRestore, Actor: Parent,
		N: [maxInts]int64{int64(r.From), int64(r.Log)}, S: [maxStrings]string{r.Images, r.Cgroups}, L: [maxLists][]string{r.Mounts, r.Namespaces},
	}
}

// Processes lets CRIU go on until all processes are as they were and stand still.
// master gets the master of the container's terminal, if it has one.
func Processes(master Slot) Step {
	return Step{Kind: KindProcesses, Actor: Parent, N: [maxInts]int64{int64(master)}}
}

// Verify compares the container's mounts and their attributes with what they were
// when it was checkpointed, before anything in it runs.
func Verify() Step { return Step{Kind: KindVerify, Actor: Parent} }

// Resume lets the processes run, and ends when CRIU has.
func Resume() Step { return Step{Kind: KindResume, Actor: Parent} }
