import ArgumentParser
import Errors
import Evaluation
import Foundation
import ImageData
import ImageModels
import ImageTraining
import Images
import Jobs
import Learning
import ModelRegistry

extension ImagesCommand {
  /// `latent images train`
  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Learn a model from images and their labels, and write a version.",
      discussion: """
        A ResNet's body with a new head, trained by AdamW and one cycle of learning rates, as fastai does it; images \
        are augmented ahead of training. After each epoch it is measured on the images that are held out. \
        With --weights the body starts from a file, and images are resized and normalised as timm's config.json beside \
        it says; --fine-tune trains the head alone for --freeze-epochs \
        first, then all of it, the first layers at a hundredth of the rate.

        The version holds all that is needed to predict: classes, size, normalisation. With --publish it goes in \
        service, unless it is worse than what can be answered without looking at the images: how frequent each class \
        or label is, or the mean of numbers; then it is written, and the exit code is 3. With --unless-worse it must \
        not be worse either than the version in service, nor than the best of the last \
        \(PublishingPolicy.recentDays) days, on the same held-out images. Worse is what is so beyond \
        chance: the whole 95 % interval of the difference, by drawing images anew (or what --group-by says), lies \
        beyond --margin. Progress goes to standard error, the figures of the model to standard output. A training that is \
        interrupted by SIGINT or SIGTERM goes on with --resume.
        """)

    @OptionGroup var source: ImageDataOptions
    @OptionGroup var place: RegistryOptions

    @Option(
      help: ArgumentHelp("The model's name in the folder of models.", valueName: "name"),
      transform: { try ModelName($0) })
    var name = ModelName.usualOfImages

    @OptionGroup var learning: ImageLearningOptions

    @Option(
      help: ArgumentHelp(
        "Passes over the images (default: 10); with several sizes those of each, such as 5,3.",
        valueName: "epochs"), transform: { try EpochChoice($0) })
    var epochs: EpochChoice?

    @Option(
      help: ArgumentHelp(
        "The peak of the learning rate's schedule (default: 1e-3, of --fine-tune 2e-3), or 1e-5..1e-3: from the first "
          + "layers to the head; find: the valley of `latent images find-rate`.", valueName: "rate"),
      transform: { try RateChoice($0) })
    var learningRate: RateChoice?

    @Option(
      help: ArgumentHelp(
        "How the learning rate moves: \(ScheduleKind.all.map(\.name).joined(separator: ", ")).",
        valueName: "name"),
      transform: {
        guard let kind = ScheduleKind(named: $0) else {
          throw ValidationError(
            "--schedule is one of \(ScheduleKind.all.map(\.name).joined(separator: ", ")).")
        }
        return kind
      })
    var schedule = ScheduleKind.oneCycle

    @Flag(help: "Train the head alone first, then everything at lower rates.")
    var fineTune = false

    @Option(help: ArgumentHelp("For how many epochs (default: 1).", valueName: "epochs"))
    var freezeEpochs: Int?

    @Option(
      help: ArgumentHelp(
        "Stop when the loss on held-out images has not fallen for so many epochs.",
        valueName: "epochs"))
    var earlyStop: Int?

    @Flag(help: "Keep the epoch with the lowest loss on held-out images, not the last one.")
    var keepBest = false

    @Flag(help: "Go on from the checkpoint of a training that was interrupted, if there is one.")
    var resume = false

    @Option(
      help: ArgumentHelp(
        "Draw losses and schedule into FILE.png or FILE.svg (by gnuplot), or - for the terminal.",
        valueName: "file"), transform: { try PlotTarget($0) })
    var plot: PlotTarget?

    @Option(help: ArgumentHelp("Write the figures of each epoch as CSV.", valueName: "file"))
    var log: String?

    @OptionGroup var publishing: PublishingOptions

    @Option(
      help: ArgumentHelp(
        "With --publish: the figure that the model is compared by: \(metricsByTask) (default: the first).",
        valueName: "metric"))
    var metric: String?

    /// What models of each task are compared by.
    private static var metricsByTask: String {
      ImageTask.Kind.allCases.map {
        "\($0.judgedBy.map(\.name).joined(separator: " or ")) of \($0.rawValue)"
      }.joined(separator: ", ")
    }

    @OptionGroup var output: OutputOptions

    @Flag(help: "No progress on standard error, only warnings and how it ended.")
    var quiet = false

    func validate() throws {
      let sizes = learning.input.size?.sizes.count ?? 1
      guard (epochs?.counts.count ?? 1) == sizes else {
        throw ValidationError(
          sizes == 1
            ? "--epochs takes one number, but with several sizes (--size 64,128)."
            : "--epochs needs a number for each of the \(sizes) sizes, such as 5,3.")
      }
      if let freezeEpochs {
        guard fineTune else { throw ValidationError("--freeze-epochs goes with --fine-tune.") }
        guard (0...100_000).contains(freezeEpochs) else {
          throw ValidationError("--freeze-epochs must be from 0 to 100000.")
        }
      }
      if fineTune, case .rates(.spread) = learningRate?.choice {
        throw ValidationError("--fine-tune spreads the rates itself: give --learning-rate one.")
      }
      if fineTune, schedule != .oneCycle {
        throw ValidationError("--fine-tune has a schedule of its own: leave --schedule out.")
      }
      if let metric {
        guard publishing.publish else {
          throw ValidationError("--metric goes with --publish.")
        }
        // Whether it is one of the task is known when the labels are read.
        let names = ImageTask.Kind.allCases.flatMap(\.judgedBy).map(\.name)
        guard names.contains(metric) else {
          let near = NearestText.nearest(to: metric, among: names)
          throw ValidationError(
            "--metric: no model of images is compared by '\(metric)'"
              + (near.map { ": did you mean \($0)?" } ?? ": \(Self.metricsByTask)."))
        }
      }
      if publishing.unlessWorse && source.split == "none" {
        throw ValidationError(
          "--unless-worse needs held-out images: give a --split other than none.")
      }
      if let earlyStop, !(1...100_000).contains(earlyStop) {
        throw ValidationError("--early-stop must be from 1 to 100000.")
      }
    }

    func run() throws {
      let display = TrainingDisplay(isQuiet: quiet)
      let monitor = try TrainingMonitor(display, plot: plot, log: log)
      let words = ProgramArguments.words ?? []
      let read = try ReadImages(source, learning, display: display)
      var options = try learning.options(for: read, notice: display.warn)
      let counts = epochs?.counts ?? [10]
      options.epochCount = counts[counts.count - 1]
      options.earlierSizes = Array(
        zip(learning.input.size?.sizes ?? [], counts).dropLast()
      ).map {
        (size: $0, epochCount: $1)
      }
      options.freezeEpochCount = fineTune ? freezeEpochs ?? 1 : nil
      if case .rates(let rates) = learningRate?.choice {
        options.peakRates = rates
      } else {
        options.peakRates = .same(fineTune ? 2e-3 : 1e-3)
      }
      options.schedule = schedule
      options.patience = earlyStop
      options.keepsBest = keepBest
      var job = ImageTrainingJob(
        registry: place.registry, name: name, options: options,
        command: ProgramArguments.commandLine(words),
        latentVersion: latentVersion)
      job.weightsPath = learning.weights
      job.policy = publishing.policy(by: try metric.map { try read.data.task.metric(named: $0) })
      job.judged = read.judged
      job.findsRate = learningRate?.choice == .find
      job.foundRate = {
        display.say("learning rate \(Float($0)), found by the losses of 100 batches")
      }
      job.phaseWillBegin = { display.say("images of \($0.transform.size)") }
      job.report = { display.warn($0.words) }
      job.resumes = resume
      job.parameters = record(read)
      job.skipped = read.skipped
      job.callbacks = monitor.callbacks(for: options.backbone.rawValue)
      let outcome: ImageTrainingOutcome
      do {
        outcome = try job.run(
          read.data, fingerprint: read.fingerprint, readingSeconds: read.seconds)
      } catch let error as TrainingError where error.code == .cancelled {
        throw CommandFailure(
          "\(error.place): \(error.problem)",
          remedy:
            "To go on from it: \(ProgramArguments.commandLine(words + (resume ? [] : ["--resume"])))"
        )
      } catch let error as TrainingError where error.code == .badState {
        throw CommandFailure(
          "\(error.place): \(error.problem)",
          remedy: "\(error.remedy) Leave out --resume to start anew.")
      }
      let versions = place.registry.versions(of: name)
      let kept = outcome.course.keptEpoch
      if kept != outcome.course.last.epochs.count {
        display.say("kept epoch \(kept), whose loss on held-out images is the lowest")
      }
      if let words = outcome.description.calibrationWords(on: read.data.heldOut.count) {
        display.say(words)
      }
      if read.mayBeNone, let unsure = outcome.unsureCount {
        display.say(
          "no class is likelier than not of \(unsure) of \(read.data.heldOut.count) held-out images: with --none-of-these "
            + "a model would have answered such with no label")
      }
      try outcome.run.conclude(
        outcome.version, of: versions, table(outcome, read), as: output.format,
        say: display.conclude)
    }

    /// What was asked for, for the run's record.
    private func record(_ read: ReadImages) -> [String: String] {
      var record = learning.record(from: read.pretrained).merging(source.record) { $1 }
      record["task"] = read.data.task.name
      record["epochs"] = epochs?.text ?? "10"
      record["learning-rate"] = learningRate?.text ?? (fineTune ? "0.002" : "0.001")
      record["schedule"] = schedule.name
      if fineTune { record["freeze-epochs"] = "\(freezeEpochs ?? 1)" }
      record["early-stop"] = earlyStop.map { "\($0)" }
      if keepBest { record["keep-best"] = "true" }
      return record
    }

    private func table(_ outcome: ImageTrainingOutcome, _ read: ReadImages) -> ResultTable {
      let kept = outcome.course.kept
      let metrics = kept?.metrics ?? []
      var table = ResultTable(
        ["task", "backbone", .init("validation_loss", heading: "validation loss")]
          + metrics.map { .init($0.name) }
          + [.init("fit_seconds", heading: "fit seconds"), "version"])
      table.append(
        [
          .text(read.data.task.name), .text(outcome.run.kind),
          .optional(kept?.validationLoss, decimals: 4),
        ]
          + metrics.map { .number($0.value, decimals: 4) }
          + [
            .optional(outcome.run.seconds["training"], decimals: 1), .integer(outcome.version),
          ])
      return table
    }
  }
}

extension ImageModelDescription {
  /// What was fitted on `count` held-out images; nil for nothing.
  fileprivate func calibrationWords(on count: Int) -> String? {
    guard let calibration else { return nil }
    func range(_ numbers: [Float]) -> String {
      let ends = [numbers.min(), numbers.max()].map { String(format: "%.2f", $0 ?? .nan) }
      return ends[0] == ends[1] ? ends[0] : "\(ends[0]) to \(ends[1])"
    }
    var words = "temperature \(range(calibration.temperatures))"
    if case .multilabel(_, let thresholds) = task, let overall = calibration.overallThreshold {
      words += ", thresholds \(range(thresholds)), \(range([overall])) for all"
    }
    return words + ": fitted on \(count) held-out images"
  }
}

/// The epochs of the sizes of images, one after the other; most often one number.
struct EpochChoice {
  /// As it was given.
  let text: String
  let counts: [Int]

  /// Reads numbers with commas between them.
  init(_ text: String) throws {
    let counts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard counts.allSatisfy({ $0.map { (1...100_000).contains($0) } ?? false }) else {
      throw ValidationError("--epochs must be from 1 to 100000, or such numbers as in 5,3.")
    }
    self.text = text
    self.counts = counts.compactMap(\.self)
  }
}

/// A learning rate for all groups of parameters, one for the first and one for the last, or one that is found.
struct RateChoice {
  /// As it was given.
  let text: String
  let choice: Choice

  enum Choice: Equatable {
    case rates(PeakRates)
    case find
  }

  /// Reads `1e-3`, `1e-5..1e-3` or `find`.
  init(_ text: String) throws {
    self.text = text
    if text == "find" {
      choice = .find
      return
    }
    let numbers = text.components(separatedBy: "..").compactMap { Double($0) }
    guard numbers.allSatisfy({ $0 > 0 && $0.isFinite }),
      numbers.count == text.components(separatedBy: "..").count, (1...2).contains(numbers.count)
    else {
      throw ValidationError(
        "'\(text)' is no learning rate: give a number above 0, such as 1e-3, or 1e-5..1e-3, or find."
      )
    }
    guard numbers.count == 1 || numbers[0] <= numbers[1] else {
      throw ValidationError(
        "--learning-rate \(text) gives the first layers the highest rate: write the lower one first, as in 1e-5..1e-3."
      )
    }
    choice = .rates(
      numbers.count == 1 ? .same(numbers[0]) : .spread(from: numbers[0], to: numbers[1]))
  }
}

extension ImageTask {
  /// The figure called `name` that versions of the task can be compared by. Throws when there is none.
  fileprivate func metric(named name: String) throws -> Metric {
    guard let metric = judgedBy.first(where: { $0.name == name }) else {
      throw CommandFailure(
        "--metric: models of \(self.name) are not compared by \(name)",
        remedy: "Name \(judgedBy.map(\.name).joined(separator: " or ")).")
    }
    return metric
  }
}

extension ImageTrainingWarning {
  /// What is wrong, and what may be done about it.
  fileprivate var words: String {
    switch self {
    case .overruled(let reason):
      TrainingDisplay.words(for: .overruled(reason))
    case .notJudged(let reason):
      "the new version goes in service whatever it is worth: \(reason)"
    case .otherAnswers(let name):
      "\(name) answers something else than the new one, and is not compared with it"
    case .otherSplit(let name):
      "\(name) was trained on other images, labels or another split: if it has learned from some that are held out now, the "
        + "comparison flatters it"
    case .damagedInService(let standIn, let isCompared, let flaw):
      TrainingDisplay.words(
        for: .damagedInService(standIn: standIn, isCompared: isCompared, flaw: flaw))
    }
  }
}
