import ArgumentParser
import Foundation
import ModelRegistry
import Recommenders
import Trainers

/// `latent score-block`: computes lists for a program that divides users among machines.
struct ScoreBlock: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Recommend items to blocks of users, for a program that divides users among machines.",
    discussion: """
      Reads frames of users from standard input and answers on standard output until the input ends, with their \
      best items by a model file, such as model.safetensors of a version, without those that they have \
      rated. It is for programs: ARCHITECTURE.md, "Blocks", describes the frames. A frame that is truncated, damaged \
      or unsuitable is an error with exit code 1; the answers before it are valid.
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
