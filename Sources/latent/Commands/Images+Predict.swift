import ArgumentParser
import Dispatch
import Errors
import Foundation
import ImageData
import ImageModels
import Images
import ModelRegistry
import Synchronization
import TensorCore

extension ImagesCommand {
  /// `latent images predict`
  struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Predict what images show.",
      discussion: """
        Images are files, folders (all files in them that are named like images), or `-`: paths on standard input, one per \
        line, which with --out are answered as soon as no further path is waiting. A class comes with its probability, \
        calibrated on the held-out images of the training. Labels are all those with a probability above their threshold \
        (--threshold), possibly none. Points are in pixels of the file. With --all-outputs each output has a column. \
        With --out predictions are written as they are computed, as CSV or JSON Lines.

        With --explain an image per prediction is written that shows where the model looks, by Grad-CAM. Regions that \
        support a class or label are yellow; for numbers, regions that raise them are yellow and regions that lower them \
        blue. Dark regions are not seen by the model.

        An image that can't be read is an error. With --skip-broken its row says why it can't be read.
        """)

    @Argument(
      help: ArgumentHelp("Files, folders, or - for a list on standard input.", valueName: "image"))
    var paths: [String]

    @OptionGroup var model: ImageModelChoice

    @Option(
      help: ArgumentHelp(
        "Write the predictions to FILE.csv or FILE.jsonl, or - for standard output, as they are computed.",
        valueName: "file"))
    var out: String?

    @Flag(help: "Write a column with the probability of each class or label.")
    var allOutputs = false

    @Option(
      help: ArgumentHelp(
        "The threshold of labels: per-label (each label's own, found in training), overall (the best single one, found in "
          + "training), or a number from 0 to 1.", valueName: "threshold"),
      transform: { try LabelThreshold($0) })
    var threshold = LabelThreshold.perLabel

    @Option(
      help: ArgumentHelp(
        "Write images of where the model looks into this folder, as JPEG.", valueName: "folder"))
    var explain: String?

    @Flag(
      name: [.customShort("0"), .customLong("null")],
      help: "Paths on standard input are separated by null bytes, as from `find -print0`.")
    var endsWithNull = false

    @Flag(help: "Continue if an image can't be read.")
    var skipBroken = false

    @OptionGroup var augmented: AugmentedOptions

    @Option(help: "The number of images to predict at a time.")
    var batchSize = 16

    @OptionGroup var limits: ImageLimitOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard (1...4096).contains(batchSize) else {
        throw ValidationError("--batch-size must be from 1 to 4096.")
      }
      guard !endsWithNull || paths.contains("-") else {
        throw ValidationError("--null goes with - (paths on standard input).")
      }
      if let out { _ = try RowFormat(of: out, output.format) }
    }

    func run() throws {
      let model = try model.open()
      try augmented.check(model)
      let rows = ImageRows(
        of: model, over: try threshold.values(of: model), allOutputs: allOutputs,
        explanations: try explain.map { try ExplanationFolder($0, of: model) })
      let context = ComputeContext(threadCount: threads.count)
      guard let out else {
        var table = ResultTable(rows.columns)
        try forEachBatch { images in
          for row in try self.rows(of: images, rows, context) { table.append(row) }
        }
        return try table.write(as: output.format)
      }
      let format = try RowFormat(of: out, output.format)
      let file = try OutputFile(out, endsWithSignals: true)
      try file.write(format.header(rows.columns))
      try forEachBatch { images in
        var bytes: [UInt8] = []
        for row in try self.rows(of: images, rows, context) {
          format.append(row, of: rows.columns, to: &bytes)
        }
        try file.write(bytes)
      }
      try file.finish()
    }

    /// Calls `body` with a batch of images at a time: their paths, and their names within the given folder.
    private func forEachBatch(_ body: ([(path: String, name: String)]) throws -> Void) throws {
      var batch: [(path: String, name: String)] = []
      func flush() throws {
        if !batch.isEmpty { try body(batch) }
        batch.removeAll(keepingCapacity: true)
      }
      func add(_ path: String, _ name: String) throws {
        batch.append((path, name))
        if batch.count == batchSize { try flush() }
      }
      func file(_ path: String) throws {
        try add(path, URL(fileURLWithPath: path).lastPathComponent)
      }
      for path in paths {
        var isFolder: ObjCBool = false
        if path == "-" {
          var lines = StandardInputLines(endingWith: endsWithNull ? 0 : UInt8(ascii: "\n"))
          while let line = try lines.next() {
            if !line.isEmpty { try file(line) }
            // A caller may wait for the answer before it sends the next path.
            if try !lines.isNextThere() { try flush() }
          }
        } else if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
          isFolder.boolValue
        {
          let names = try FolderWalk(path).files.filter { ImageFormat.named($0) != nil }
          guard !names.isEmpty else {
            throw CommandFailure(
              "there are no images in the folder \(path)",
              remedy: "Name one that holds files named like images, as photo.jpg.")
          }
          for name in names { try add("\(path)/\(name)", name) }
        } else {
          try file(path)
        }
      }
      try flush()
    }

    private func rows(
      of images: [(path: String, name: String)], _ rows: ImageRows, _ context: ComputeContext
    ) throws -> [[ResultTable.Cell]] {
      let answered = try AnsweredImage.answers(
        of: rows.model, forFilesAt: images.map(\.path), limits.decoder,
        augmentedCount: augmented.count, skipsBroken: skipBroken, on: context)
      let read = zip(images, answered).compactMap { image, answered in
        (try? answered.get()).map {
          (name: image.name, input: $0.input, outputs: rows.explained($0.answer))
        }
      }
      var overlays = try rows.explanations?.write(read, on: context).makeIterator()
      return zip(images, answered).map { image, answered in
        switch answered {
        case .success(let one): rows.cells(image.path, one.answer, overlays?.next())
        case .failure(let error): rows.cells(image.path, failure: error)
        }
      }
    }
  }
}

/// The rows with predictions for images; the columns depend on the model's task.
private struct ImageRows {
  let model: ImageModel
  /// The thresholds of the labels.
  let thresholds: [Float]
  let allOutputs: Bool
  let explanations: ExplanationFolder?

  init(
    of model: ImageModel, over thresholds: [Float], allOutputs: Bool,
    explanations: ExplanationFolder?
  ) {
    self.model = model
    self.thresholds = thresholds
    self.allOutputs = allOutputs
    self.explanations = explanations
  }

  private var task: ImageTask { model.description.task }

  var columns: [ResultTable.Column] {
    let names = task.outputNames
    var columns: [ResultTable.Column] = [.init("image", fit: .wrapped)]
    switch task {
    case .classify: columns += ["class", "probability"]
    case .multilabel: columns += ["labels", "probabilities"]
    case .regress: columns += names.map { .init($0) }
    case .points: columns += names.flatMap { [.init("\($0)_x"), .init("\($0)_y")] }
    }
    if allOutputs, task.isOfProbabilities { columns += names.map { .init($0) } }
    if explanations != nil { columns.append(.init("explanations", fit: .wrapped)) }
    return columns + [.init("error", fit: .wrapped)]
  }

  /// Returns the outputs of a prediction to explain: the class; the predicted labels, or else the likeliest one; all
  /// numbers and points.
  func explained(_ answer: ImageAnswer) -> [Int] {
    switch task {
    case .classify: return [answer.likeliest]
    case .multilabel:
      let given = answer.given(over: thresholds)
      return given.isEmpty ? [answer.likeliest] : given
    case .regress, .points: return Array(task.outputNames.indices)
    }
  }

  func cells(_ path: String, _ answer: ImageAnswer, _ overlays: [String]?) -> [ResultTable.Cell] {
    func number(_ value: Float) -> ResultTable.Cell { .number(Double(value), decimals: 4) }
    let names = task.outputNames
    var cells: [ResultTable.Cell] = [.text(path)]
    switch task {
    case .classify:
      cells += [.text(names[answer.likeliest]), number(answer.values[answer.likeliest])]
    case .multilabel:
      let given = answer.given(over: thresholds)
      cells += [
        .list(given.map { names[$0] }),
        .list(given.map { String(format: "%.4f", answer.values[$0]) }),
      ]
    case .regress: cells += answer.values.map(number)
    case .points: cells += answer.values.map { .number(Double($0), decimals: 1) }
    }
    if allOutputs, task.isOfProbabilities { cells += answer.values.map(number) }
    if let overlays { cells.append(.list(overlays)) }
    return cells + [.missing]
  }

  func cells(_ path: String, failure: ImageError) -> [ResultTable.Cell] {
    [.text(path)] + Array(repeating: .missing, count: columns.count - 2)
      + [.text(failure.problem)]
  }
}

extension ImageTask {
  /// Whether outputs are probabilities of classes or labels.
  fileprivate var isOfProbabilities: Bool {
    switch self {
    case .classify, .multilabel: true
    case .regress, .points: false
    }
  }
}
