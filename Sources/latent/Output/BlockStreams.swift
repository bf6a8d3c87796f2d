import ArgumentParser
import Foundation
import Trainers

/// Standard input and output, when frames come and go there.
enum BlockStreams {
  /// Throws a usage error where people are at the other end.
  static func check() throws {
    guard isatty(STDIN_FILENO) == 0, isatty(STDOUT_FILENO) == 0 else {
      throw ValidationError("Frames are no text: connect standard input and output to a program.")
    }
  }

  /// Writes what `answer` returns for each frame until the input ends; nothing where that is nil.
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
