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
      abstract: "What images show, by a model.",
      discussion: """
        Images are files, all those beneath a folder, or `-`: paths on standard input, one a line, answered as they \
        come. A class comes with its probability; of labels all whose probability is over the model's \
        threshold, which may be none; points are in pixels of the file. With --all-outputs each output has a column. \
        With --out answers are written as they are known, as CSV or JSON Lines.

        An image that can't be read ends the command, unless --skip-broken: then its row says why.
        """)

    @Argument(
      help: ArgumentHelp("Files, folders, or - for a list on standard input.", valueName: "image"))
    var paths: [String]

    @OptionGroup var model: ImageModelOptions

    @Option(
      help: ArgumentHelp(
        "Write the answers to FILE.csv or FILE.jsonl, or - for standard output, as they are known.",
        valueName: "file"))
    var out: String?

    @Flag(help: "A column for the probability of each class or label.")
    var allOutputs = false

    @Flag(help: "Go on where an image can't be read.")
    var skipBroken = false

    @OptionGroup var augmented: AugmentedOptions

    @Option(help: "Images that are predicted at a time.")
    var batchSize = 16

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard (1...4096).contains(batchSize) else {
        throw ValidationError("--batch-size is from 1 to 4096.")
      }
      if let out { _ = try RowFormat(of: out, output.format) }
    }

    func run() throws {
      let model = try model.open()
      try augmented.check(model)
      let columns = ImageRow.columns(of: model, allOutputs: allOutputs)
      let context = ComputeContext(threadCount: threads.count)
      var (count, brokenCount) = (0, 0)
      func rows(of paths: [String]) throws -> [[ResultTable.Cell]] {
        let found = try self.rows(of: paths, by: model, context)
        count += paths.count
        brokenCount += found.brokenCount
        return found.rows
      }
      defer {
        if brokenCount > 0 {
          StandardError.write("warning: \(brokenCount) of \(count) images can't be read\n")
        }
      }
      guard let out else {
        var table = ResultTable(columns)
        try forEachBatch { paths in
          for row in try rows(of: paths) { table.append(row) }
        }
        return try table.write(as: output.format)
      }
      let format = try RowFormat(of: out, output.format)
      let file = try OutputFile(out)
      try file.write(format.header(columns))
      try forEachBatch { paths in
        var bytes: [UInt8] = []
        for row in try rows(of: paths) {
          format.append(row, of: columns, to: &bytes)
        }
        try file.write(bytes)
      }
      try file.finish()
    }

    /// Hands over the paths of images, a batch at a time.
    private func forEachBatch(_ body: ([String]) throws -> Void) throws {
      var batch: [String] = []
      func add(_ path: String) throws {
        batch.append(path)
        guard batch.count == batchSize else { return }
        try body(batch)
        batch.removeAll(keepingCapacity: true)
      }
      for path in paths {
        var isFolder: ObjCBool = false
        if path == "-" {
          while let line = readLine() { if !line.isEmpty { try add(line) } }
        } else if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
          isFolder.boolValue
        {
          for name in try FolderWalk(path).files { try add("\(path)/\(name)") }
        } else {
          try add(path)
        }
      }
      if !batch.isEmpty { try body(batch) }
    }

    private func rows(
      of paths: [String], by model: ImageModel, _ context: ComputeContext
    ) throws -> (rows: [[ResultTable.Cell]], brokenCount: Int) {
      let decoder = ImageDecoder()
      let decoded = model.inputs(named: paths, on: context) { (position, side) throws(ImageError) in
        try decoder.decode(paths[position], minimumSide: side)
      }
      var inputs: [ModelInput] = []
      for result in decoded {
        switch result {
        case .success(let input): inputs.append(input)
        case .failure(let error): if !skipBroken { throw error }
        }
      }
      var answers =
        (inputs.isEmpty
        ? [] : try model.answers(for: inputs, augmentedCount: augmented.count, on: context))[...]
      let cells = zip(paths, decoded).map { path, result in
        switch result {
        case .success:
          ImageRow.cells(path, answers.popFirst(), of: model, allOutputs: allOutputs)
        case .failure(let error):
          ImageRow.cells(path, failure: error, of: model, allOutputs: allOutputs)
        }
      }
      return (cells, paths.count - inputs.count)
    }
  }
}

/// How an answer for an image is shown: a row, whose columns follow from the model's task.
private enum ImageRow {
  static func columns(of model: ImageModel, allOutputs: Bool) -> [ResultTable.Column] {
    let names = model.description.task.outputNames
    let own: [ResultTable.Column] =
      switch model.description.task {
      case .classify: ["class", "probability"]
      case .multilabel: ["labels", "probabilities"]
      case .regress: names.map { .init($0) }
      case .points: names.flatMap { [.init("\($0)_x"), .init("\($0)_y")] }
      }
    let isOfNames = ["class", "labels"].contains(own[0].key)
    return [.init("image", fit: .wrapped)] + own
      + (allOutputs && isOfNames ? names.map { .init($0) } : []) + [.init("error", fit: .wrapped)]
  }

  static func cells(
    _ path: String, _ answer: ImageAnswer?, of model: ImageModel, allOutputs: Bool
  ) -> [ResultTable.Cell] {
    guard let answer else { preconditionFailure("an image without an answer") }
    func number(_ value: Float) -> ResultTable.Cell { .number(Double(value), decimals: 4) }
    let names = model.description.task.outputNames
    let all = allOutputs ? answer.values.map(number) : []
    let own: [ResultTable.Cell] =
      switch model.description.task {
      case .classify:
        [.text(names[answer.likeliest]), number(answer.values[answer.likeliest])] + all
      case .multilabel(_, let thresholds):
        [
          .list(answer.given(over: thresholds).map { names[$0] }),
          .list(answer.given(over: thresholds).map { String(format: "%.4f", answer.values[$0]) }),
        ] + all
      case .regress: answer.values.map(number)
      case .points: answer.values.map { .number(Double($0), decimals: 1) }
      }
    return [.text(path)] + own + [.missing]
  }

  static func cells(
    _ path: String, failure: ImageError, of model: ImageModel, allOutputs: Bool
  ) -> [ResultTable.Cell] {
    let count = columns(of: model, allOutputs: allOutputs).count
    return [.text(path)] + Array(repeating: .missing, count: count - 2)
      + [.text(failure.problem)]
  }
}
