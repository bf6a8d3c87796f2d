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
      abstract: "Train a model on images and their labels, and write a version.",
      discussion: """
        Trains a ResNet backbone with a new head, using AdamW and the one-cycle schedule, as fastai does. Augmented images \
        are prepared ahead of the training steps. After each epoch the model is evaluated on the held-out images. \
        With --weights the backbone starts from a file, and images are resized and normalised according to timm's \
        config.json beside it. --fine-tune first trains the head alone for --freeze-epochs, then the whole network, with \
        the first layers at a hundredth of the learning rate.

        The version holds everything that prediction needs: classes, size, normalisation. With --publish it goes into \
        service, unless it is worse than a baseline that does not look at the images: the frequency of each class \
        or label, or the mean of numbers. Then it is written but not put in service, and the exit code is 3. With \
        --unless-worse it must not be worse than the version in service either, nor than the best version of the last \
        \(PublishingPolicy.recentDays) days, on the same held-out images. "Worse" means significantly worse: the whole \
        95 % bootstrap interval of the difference, over images (or the groups of --group-by), lies \
        beyond --margin. Progress goes to standard error, the metrics of the model to standard output. After an \
        interruption by SIGINT or SIGTERM, --resume continues the training.
        """)

    @OptionGroup var source: ImageDataOptions
    @OptionGroup var place: RegistryOptions

    @Option(
      help: ArgumentHelp(
        "The model's name in the folder of models (default: images).", valueName: "name"),
      transform: { try ModelName($0) })
    var name = ModelName.usualOfImages

    @OptionGroup var learning: ImageLearningOptions

    @Option(
      help: ArgumentHelp(
        "Passes over the images (default: 10); with several sizes, a number for each, such as 5,3.",
        valueName: "epochs"), transform: { try EpochChoice($0) })
    var epochs: EpochChoice?

    @Option(
      help: ArgumentHelp(
        "The peak learning rate (default: 1e-3, with --fine-tune 2e-3); 1e-5..1e-3 goes from the first layers to the "
          + "head; find uses the valley of `latent images find-rate`.", valueName: "rate"),
      transform: { try RateChoice($0) })
    var learningRate: RateChoice?

    @Option(
      help: ArgumentHelp(
        "The learning rate schedule: \(ScheduleKind.all.map(\.name).joined(separator: ", ")) (default: one-cycle).",
        valueName: "name"),
      transform: {
        guard let kind = ScheduleKind(named: $0) else {
          throw ValidationError(
            "--schedule is one of \(ScheduleKind.all.map(\.name).joined(separator: ", ")).")
        }
        return kind
      })
    var schedule = ScheduleKind.oneCycle

    @Flag(help: "Train the head alone first, then the whole network at lower rates.")
    var fineTune = false

    @Option(
      help: ArgumentHelp(
        "With --fine-tune: train the head alone for this many epochs (default: 1).",
        valueName: "epochs"))
    var freezeEpochs: Int?

    @Option(
      help: ArgumentHelp(
        "Stop when the validation loss has not fallen for this many epochs.",
        valueName: "epochs"))
    var earlyStop: Int?

    @Flag(help: "Keep the epoch with the lowest validation loss, not the last one.")
    var keepBest = false

    @Flag(help: "Continue from the checkpoint of an interrupted training, if there is one.")
    var resume = false

    @Option(
      help: ArgumentHelp(
        "Plot the losses and the schedule to FILE.png or FILE.svg (with gnuplot), or - for the terminal.",
        valueName: "file"), transform: { try PlotTarget($0) })
    var plot: PlotTarget?

    @Option(help: ArgumentHelp("Write the metrics of each epoch as CSV.", valueName: "file"))
    var log: String?

    @OptionGroup var publishing: PublishingOptions

    @Option(
      help: ArgumentHelp(
        "With --publish: the metric to compare models by: \(metricsByTask) (default: the first).",
        valueName: "metric"))
    var metric: String?

    /// The metrics that models of each task can be compared by.
    private static var metricsByTask: String {
      ImageTask.Kind.allCases.map {
        "\($0.judgedBy.map(\.name).joined(separator: " or ")) of \($0.rawValue)"
      }.joined(separator: ", ")
    }

    @OptionGroup var output: OutputOptions

    @Flag(help: "Show no progress on standard error, only warnings and the outcome.")
    var quiet = false

    func validate() throws {
      let sizes = learning.input.size?.sizes.count ?? 1
      guard (epochs?.counts.count ?? 1) == sizes else {
        throw ValidationError(
          sizes == 1
            ? "--epochs takes several numbers only with several sizes (--size 64,128)."
            : "--epochs needs a number for each of the \(sizes) sizes, such as 5,3.")
      }
      if let freezeEpochs {
        guard fineTune else { throw ValidationError("--freeze-epochs goes with --fine-tune.") }
        guard (0...100_000).contains(freezeEpochs) else {
          throw ValidationError("--freeze-epochs must be from 0 to 100000.")
        }
      }
      if fineTune, case .rates(.spread) = learningRate?.choice {
        throw ValidationError(
          "--fine-tune sets the rates of the layers itself: give --learning-rate one number.")
      }
      if fineTune, schedule != .oneCycle {
        throw ValidationError("--fine-tune has its own schedule: leave --schedule out.")
      }
      if let metric {
        guard publishing.publish else {
          throw ValidationError("--metric goes with --publish.")
        }
        // Whether the metric belongs to the task is known only when the labels are read.
        let names = ImageTask.Kind.allCases.flatMap(\.judgedBy).map(\.name)
        guard names.contains(metric) else {
          let near = NearestText.nearest(to: metric, among: names)
          throw ValidationError(
            "--metric: no image model is compared by '\(metric)'"
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
        display.say("learning rate \(Float($0)), found from the losses of 100 batches")
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
            "To continue from it: \(ProgramArguments.commandLine(words + (resume ? [] : ["--resume"])))"
        )
      } catch let error as TrainingError where error.code == .badState {
        throw CommandFailure(
          "\(error.place): \(error.problem)",
          remedy: "\(error.remedy) Leave out --resume to start over.")
      }
      let versions = place.registry.versions(of: name)
      let kept = outcome.course.keptEpoch
      if kept != outcome.course.last.epochs.count {
        display.say("kept epoch \(kept), which has the lowest validation loss")
      }
      if let words = outcome.description.calibrationWords(on: read.data.heldOut.count) {
        display.say(words)
      }
      if read.mayBeNone, let unsure = outcome.unsureCount {
        display.say(
          "no class is more likely than not for \(unsure) of \(read.data.heldOut.count) held-out images: with --none-of-these "
            + "a model would have given them no label")
      }
      try outcome.run.conclude(
        outcome.version, of: versions, table(outcome, read), as: output.format,
        say: display.conclude)
    }

    /// The options in effect, for the run's record.
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
  /// The calibration fitted on `count` held-out images, in words; nil if there is none.
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

/// The number of epochs for each image size, in order; usually a single number.
struct EpochChoice {
  /// The option's value as given.
  let text: String
  let counts: [Int]

  /// Parses comma-separated numbers.
  init(_ text: String) throws {
    let counts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard counts.allSatisfy({ $0.map { (1...100_000).contains($0) } ?? false }) else {
      throw ValidationError(
        "--epochs must be from 1 to 100000, or a list of such numbers, as in 5,3.")
    }
    self.text = text
    self.counts = counts.compactMap(\.self)
  }
}

/// One learning rate for all parameter groups, a range from the first group to the last, or a search.
struct RateChoice {
  /// The option's value as given.
  let text: String
  let choice: Choice

  enum Choice: Equatable {
    case rates(PeakRates)
    case find
  }

  /// Parses `1e-3`, `1e-5..1e-3` or `find`.
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
        "'\(text)' is not a learning rate: give a number above 0, such as 1e-3, or 1e-5..1e-3, or find."
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
  /// Returns the metric called `name` that versions of the task can be compared by. Throws if there is none.
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
  /// The warning in words.
  fileprivate var words: String {
    switch self {
    case .overruled(let reason):
      TrainingDisplay.words(for: .overruled(reason))
    case .notJudged(let reason):
      "the new version goes into service without an evaluation: \(reason)"
    case .otherAnswers(let name):
      "\(name) predicts something other than the new version, and is not compared with it"
    case .otherSplit(let name):
      "\(name) was trained on other images, labels or another split: if it has learned from images that are held out now, "
        + "the comparison flatters it"
    case .damagedInService(let standIn, let isCompared, let flaw):
      TrainingDisplay.words(
        for: .damagedInService(standIn: standIn, isCompared: isCompared, flaw: flaw))
    }
  }
}
