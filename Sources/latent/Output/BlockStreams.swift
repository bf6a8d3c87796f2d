import ArgumentParser
import Foundation
import Trainers

/// Frames on standard input and output.
enum BlockStreams {
  /// Throws a usage error if standard input or output is a terminal.
  static func check() throws {
    guard isatty(STDIN_FILENO) == 0, isatty(STDOUT_FILENO) == 0 else {
      throw ValidationError("Frames are binary: connect standard input and output to a program.")
    }
  }

  /// Writes the result of `answer` for each frame until the input ends; nothing if it is nil.
  static func answer(
    by answer: (BlockFrame) throws(BlockError) -> BlockFrame?
  ) throws(BlockError) {
    var number = 1
    while let frame = try BlockFrame(reading: STDIN_FILENO, number: number) {
      try answer(frame)?.write(to: STDOUT_FILENO)
      number += 1
    }
  }
}
