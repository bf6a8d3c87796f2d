import ArgumentParser
import TensorCore
import Trainers

/// `latent solve-block`: does the computations of a training for a program that holds the ratings, such as Spark.
struct SolveBlock: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Solve blocks of rows of als or implicit-als, for a program that holds the ratings.",
    discussion: """
      Reads frames from standard input and answers on standard output until the input ends: the input is blocks of \
      ratings and the other side's factors, the output the solved factors, the same that latent train computes. \
      It is for programs: ARCHITECTURE.md, "Blocks", describes the frames. A frame that is \
      truncated, damaged or unsuitable is an error with exit code 1; the answers before it are valid.
      """)

  @OptionGroup var threads: ThreadOptions

  func validate() throws { try BlockStreams.check() }

  func run() throws {
    var session = BlockSession(in: ComputeContext(threadCount: threads.count))
    try BlockStreams.answer { (frame) throws(BlockError) in try session.take(frame) }
  }
}
