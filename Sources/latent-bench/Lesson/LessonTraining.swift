import Foundation

/// An image training that the lesson refers to by a unique name.
struct LessonTraining {
  /// The model's name.
  let name: String
  let data: LessonData
  let epochs: Int
  /// The options besides those for data and epochs.
  let options: [String]
  /// Whether related images stay on one side of the split.
  var isGrouped = true

  init(_ name: String, _ data: LessonData, epochs: Int, _ options: [String]) {
    self.name = name
    self.data = data
    self.epochs = epochs
    self.options = options
  }

  /// The log of its epochs.
  var log: String { "\(name).csv" }

  /// Returns the arguments that choose the images to read and those to hold out.
  func dataWords(in lesson: Lesson) throws -> [String] {
    let folder = try lesson.path(data)
    return [folder] + data.options(in: folder) + (isGrouped ? data.grouping : [])
  }

  /// Returns the command's words after `latent`.
  func words(in lesson: Lesson) throws -> [String] {
    ["images", "train"] + (try dataWords(in: lesson)) + ["--epochs", "\(epochs)"] + options
      + ["--name", name, "--log", log, "--format", "json"] + lesson.computing
  }
}

extension Lesson {
  /// Returns the training on photos of clothes that others are compared to, and whose body others start from.
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

  /// Returns a training on aquarium photos, from scratch.
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

  /// Returns such a training from scratch, with the given seed.
  func aquariumFromScratch(seed: Int = 0) -> LessonTraining {
    aquarium("scratch-\(seed)", seed: seed)
  }

  /// Returns a training on aquarium photos that starts from the body trained on photos of clothes.
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

  /// Returns a training of the head alone first, then of the whole network.
  func fineTuned(seed: Int) throws -> LessonTraining {
    try aquariumFromClothes(
      "fine-tuned", seed: seed, epochs: extent.aquariumEpochs - frozenEpochs,
      ["--fine-tune", "--freeze-epochs", "\(frozenEpochs)"])
  }

  /// The number of epochs for which only the head is trained.
  var frozenEpochs: Int { max(1, extent.aquariumEpochs / 3) }
}

/// The result of a training.
struct LessonModel {
  /// The figures of an epoch, from the columns of the log.
  struct Epoch {
    let trainingLoss: Double
    let validationLoss: Double
    let metrics: [String: Double]
  }

  let name: String
  /// The model's file, as an argument for commands.
  let file: String
  let epochs: [Epoch]
  /// The metrics of the model that was kept, by name.
  let figures: [String: Double]
  /// The training time, without reading.
  let seconds: Double
  /// The numbers of training and held-out images.
  let counts: (training: Int, heldOut: Int)
  /// The program's warnings, such as that class weights were not available.
  let warnings: [String]

  /// Reads the result of a training. Throws ``LessonFailure`` if it is not as expected.
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

  /// Returns a metric of the model that was kept; NaN if there is none of that name.
  func callAsFunction(_ figure: String) -> Double { figures[figure] ?? .nan }

  private struct Manifest: Decodable {
    struct Run: Decodable { let counts: [String: Int] }
    let run: Run
  }
}
