import ArgumentParser
import TensorCore
import Trainers

/// `latent solve-block`: the numbers of a training whose ratings another program keeps, such as Spark.
struct SolveBlock: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Solves blocks of rows of als or implicit-als for a program that keeps the ratings.",
    discussion: """
      It reads frames from standard input and answers on standard output until the input ends: blocks of \
      ratings and the other side's factors come in, solved factors go out, the same that latent train learns. \
      For programs: ARCHITECTURE.md, "Blocks", says what frames are. A frame that is \
      cut off, damaged or does not fit is an error with exit code 1; answers before it are good.
      """)

  @OptionGroup var threads: ThreadOptions

  func validate() throws { try BlockStreams.check() }

  func run() throws {
    var session = BlockSession(in: ComputeContext(threadCount: threads.count))
    try BlockStreams.answer { (frame) throws(BlockError) in try session.take(frame) }
  }
}
