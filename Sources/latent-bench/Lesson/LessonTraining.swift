import Foundation

/// A training of images that the lesson speaks of, by a name of its own.
struct LessonTraining {
  /// The model's name.
  let name: String
  let data: LessonData
  let epochs: Int
  /// The options beside those of data and epochs.
  let options: [String]
  /// Whether what belongs together stays on one side of the split.
  var isGrouped = true

  init(_ name: String, _ data: LessonData, epochs: Int, _ options: [String]) {
    self.name = name
    self.data = data
    self.epochs = epochs
    self.options = options
  }

  /// The log of its epochs.
  var log: String { "\(name).csv" }

  /// Which images are read, and which of them are held out.
  func dataWords(in lesson: Lesson) throws -> [String] {
    let folder = try lesson.path(data)
    return [folder] + data.options(in: folder) + (isGrouped ? data.grouping : [])
  }

  /// The command behind `latent`.
  func words(in lesson: Lesson) throws -> [String] {
    ["images", "train"] + (try dataWords(in: lesson)) + ["--epochs", "\(epochs)"] + options
      + ["--name", name, "--log", log, "--format", "json"] + lesson.computing
  }
}

extension Lesson {
  /// The training on photos of clothes that others are held beside, and whose body others start from.
  func clothes(
    _ name: String = "clothes", rate: String = "3e-3", grouped: Bool = true,
    _ options: [String] = []
  ) -> LessonTraining {
    var training = LessonTraining(
      name, .clothing, epochs: extent.epochs,
      ["--size", "\(extent.side)", "--learning-rate", rate] + options)
    training.isGrouped = grouped
    return training
  }

  /// A training on photos of an aquarium, from scratch.
  func aquarium(
    _ name: String, side: Int? = nil, seed: Int = 0, grouped: Bool = true, _ options: [String] = []
  ) -> LessonTraining {
    var training = LessonTraining(
      name, .aquarium, epochs: extent.aquariumEpochs,
      [
        "--size", "\(side ?? extent.side)", "--batch-size", "\(extent.aquariumBatch)",
        "--learning-rate", "3e-3",
      ]
        + (seed == 0 ? [] : ["--seed", "\(seed)"]) + options)
    training.isGrouped = grouped
    return training
  }

  /// The same from scratch, by its seed.
  func aquariumFromScratch(seed: Int = 0) -> LessonTraining {
    aquarium("scratch-\(seed)", seed: seed)
  }

  /// A training on photos of an aquarium that starts from the body that has learned photos of clothes.
  func aquariumFromClothes(
    _ name: String, seed: Int, epochs: Int, _ options: [String]
  ) throws -> LessonTraining {
    let clothes = try train(self.clothes())
    return LessonTraining(
      "\(name)-\(seed)", .aquarium, epochs: epochs,
      [
        "--size", "\(extent.side)", "--batch-size", "\(extent.aquariumBatch)", "--weights",
        clothes.file,
      ]
        + (seed == 0 ? [] : ["--seed", "\(seed)"]) + options)
  }

  /// The head alone first, then all of it.
  func fineTuned(seed: Int) throws -> LessonTraining {
    try aquariumFromClothes(
      "fine-tuned", seed: seed, epochs: extent.aquariumEpochs - frozenEpochs,
      ["--fine-tune", "--freeze-epochs", "\(frozenEpochs)"])
  }

  /// For how many epochs the head is trained alone.
  var frozenEpochs: Int { max(1, extent.aquariumEpochs / 3) }
}

/// What came of a training.
struct LessonModel {
  /// The figures of an epoch, by the columns of the log.
  struct Epoch {
    let trainingLoss: Double
    let validationLoss: Double
    let metrics: [String: Double]
  }

  let name: String
  /// The model's file, as commands are to be given it.
  let file: String
  let epochs: [Epoch]
  /// The figures of the model that was kept, by their names.
  let figures: [String: Double]
  /// How long it learned, without reading.
  let seconds: Double
  /// How many images it learned from, and was judged by.
  let counts: (training: Int, heldOut: Int)
  /// Where its class weights and the like were not to be had, what the program said of it.
  let warnings: [String]

  /// Reads what a training left. Throws ``LessonFailure`` where that is not what was expected.
  init(_ training: LessonTraining, _ answer: Lesson.Answer, _ lesson: Lesson) throws {
    name = training.name
    let row = try LessonRow.all(in: answer.output).first.orFail("no figures of \(name)")
    let version = Int(try row.number("version"))
    let folder = "latent-models/\(name)/versions/" + String(format: "%06d", version)
    file = folder + "/model.safetensors"
    seconds = try row.number("fit_seconds")
    figures = row.numbers
    epochs = try LessonTable(lesson.file(training.log)).rows.map { row in
      Epoch(
        trainingLoss: row["train_loss"] ?? .nan, validationLoss: row["valid_loss"] ?? .nan,
        metrics: row)
    }
    let manifest = try JSONDecoder().decode(
      Manifest.self, from: lesson.file(folder + "/manifest.json"))
    let heldOut = manifest.run.counts["images_held_out"] ?? 0
    counts = ((manifest.run.counts["images_read"] ?? heldOut) - heldOut, heldOut)
    warnings = answer.messages.split(separator: "\n").filter { $0.hasPrefix("warning: ") }
      .map { String($0.dropFirst(9)) }
  }

  /// A figure of the model that was kept; NaN where it has none of the name.
  func callAsFunction(_ figure: String) -> Double { figures[figure] ?? .nan }

  private struct Manifest: Decodable {
    struct Run: Decodable { let counts: [String: Int] }
    let run: Run
  }
}
