import ArgumentParser
import Foundation
import ModelRegistry
import Recommenders
import Trainers

/// `latent score-block`: everyone's lists, for a program that divides users among machines.
struct ScoreBlock: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the best items for blocks of users, for a program that divides them.",
    discussion: """
      It reads frames of users from standard input and answers on standard output until the input ends: their \
      best items by a model file, such as model.safetensors of a version, without those that they have \
      rated. For programs: ARCHITECTURE.md, "Blocks", says what frames are. A frame that is cut off, damaged \
      or does not fit is an error with exit code 1; answers before it are good.
      """)

  @Argument(help: "The model file.")
  var model: String
  @OptionGroup var threads: ThreadOptions

  func validate() throws { try BlockStreams.check() }

  func run() throws {
    let opened = try RecommenderForm.open(SafetensorsFile(model))
    let scorer = BlockScorer(opened, threadCount: threads.count)
    try BlockStreams.answer { (frame) throws(BlockError) in try scorer.take(frame) }
  }
}
