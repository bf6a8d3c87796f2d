import ArgumentParser
import Errors
import Foundation
import TensorCore
import Trainers

/// `latent solve-block`: the numbers of a training whose ratings another program keeps, such as Spark.
struct SolveBlock: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Solves blocks of rows of implicit-als for a program that keeps the ratings.",
    discussion: """
      It reads frames from standard input and answers on standard output until the input ends: blocks of \
      ratings and the other side's factors come in, solved factors go out, the same that latent train learns. \
      For programs: ARCHITECTURE.md, "Blocks", says what frames are. A frame that is \
      cut off, damaged or does not fit is an error with exit code 1; answers before it are good.
      """)

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard isatty(STDIN_FILENO) == 0, isatty(STDOUT_FILENO) == 0 else {
      throw ValidationError("Frames are no text: connect standard input and output to a program.")
    }
  }

  func run() throws {
    var session = BlockSession(in: ComputeContext(threadCount: threads.count))
    var number = 1
    while let frame = try BlockFrame(reading: STDIN_FILENO, number: number) {
      try session.take(frame)?.write(to: STDOUT_FILENO)
      number += 1
    }
  }
}
