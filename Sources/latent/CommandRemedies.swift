import Daemon
import Errors
import ImageData
import ImageReports
import Learning
import Ratings
import RatingsFiles
import Recommenders

extension ExplainedError {
  /// Returns the error with `sentence` appended to its remedy.
  fileprivate func adding(_ sentence: String) -> Self {
    Self(
      code, problem, place: place, remedy: sentence.isEmpty ? remedy : "\(remedy) \(sentence)")
  }
}

/// Remedies in terms of commands and options for errors of stores, which don't know these.
extension ExplainedError<StoreErrorCode> {
  /// The error with a remedy that names the command or the option.
  var withCommands: StoreError {
    let remedy =
      switch code {
      case .missing:
        "Create the store with `latent migrate` or `latent import`, or correct --store."
      case .notMigrated, .outdated: "Run `latent migrate`."
      case .settingsConflict:
        "\(remedy) The options are --user-id-type, --item-id-type, --scale and --feedback."
      case .silent: "\(remedy) The option is --statement-timeout."
      default: remedy
      }
    return StoreError(code, problem, place: place, remedy: remedy)
  }
}

/// Remedies for errors of files.
extension ExplainedError<RatingsFileErrorCode> {
  /// The error with a remedy that names the options.
  var withCommands: RatingsFileError {
    let options =
      switch code {
      case .notRewindable: "The options are --user-id-type and --item-id-type, or --spool-limit."
      case .noDelimiter: "The option is --delimiter."
      case .unknownColumns, .noValueColumn:
        "The option is --columns, for items --item-columns; --header says that there is a header."
      case .otherFeedback: "The options are --store and --feedback explicit."
      case .badQuoting: "The option is --quote."
      case .unlikelyColumns:
        "Items are read by `latent import --items FILE`; the option for columns is --columns."
      case .badEncoding: "The option is --encoding."
      case .missingIdentifier, .notAnInteger: "The options are --user-id-type and --item-id-type."
      case .otherDecimalSign: "The option is --decimal."
      case .repeated: "The option is --repeats."
      case .noGoodLine: "The options are --columns, --delimiter and --quote."
      case .badTime: "The option is --time-unit."
      case .forgottenUser: "The options are --forgotten skip and --forgotten readmit."
      default: ""
      }
    return adding(options)
  }
}

/// Remedies for errors of requests to a model.
extension ExplainedError<RecommendingErrorCode> {
  /// The error with a remedy that names the commands.
  var withCommands: RecommendingError {
    let commands =
      switch code {
      case .unknownUser: "`latent users` lists the users in the store."
      case .unknownItem: "`latent items --search TEXT` finds some by title."
      case .modelWithoutFactors: "Train one with `latent train --model dot-bias`."
      case .modelWithoutPredictions:
        "Train a version that predicts, too, as `latent train --model item-item --predictor bayes`."
      case .damagedModel:
        "`latent models verify` says where, and `latent models rollback` goes back, with the "
          + "--models and --name of this command."
      case .invalidIdentifier, .itemWithoutFactors, .badCondition,
        .badItemFile,
        .modelWithoutFoldIn, .modelWithoutTerms, .badRating, .ambiguousItem:
        ""
      }
    return adding(commands)
  }
}

/// Remedies for errors that keep the daemon from starting.
extension ExplainedError<DaemonErrorCode> {
  /// The error with a remedy that names the options.
  var withCommands: DaemonError {
    let options =
      switch code {
      case .noModel:
        "Name another folder with --models or LATENT_MODELS, another model with --name; with --wait the daemon "
          + "starts anyway, and serves a model as soon as there is one."
      case .unservableModel:
        "With --wait the daemon starts anyway, and serves a model as soon as there is one that it can serve."
      case .tooFewDescriptors: "The option is --max-connections."
      case .addressInUse:
        "The options are --listen, --tls-listen, --socket, --http and --http-tls; with --handover a daemon replaces another."
      case .unguarded:
        "The options are --users FILE, which `latent passwd` writes, or --tls-listen with --tls-auth-clients yes; "
          + "--insecure lets everybody in."
      case .badLogFile: "The option is --log-file."
      case .badAccess, .badAddress, .notPermitted, .notHandedOver, .failed: ""
      }
    return adding(options)
  }
}

/// Remedies for errors of images and their labels.
extension ExplainedError<ImageDataErrorCode> {
  /// The error with a remedy that names the commands or the options.
  var withCommands: ImageDataError {
    let words =
      switch code {
      case .noLabel: "The options are --none-of-these and --label-delimiter."
      case .noneHeldOut: "The options are --split and --all."
      case .noneReadable: "`latent images check` says why."
      case .otherTask: "The options are those of `latent images train`."
      case .inputOutput, .badTable, .unknownColumn, .imageCount, .missingImage, .repeatedImage,
        .badLabel, .badSplit, .badRequest:
        ""
      }
    return adding(words)
  }
}

/// Remedies for errors of trainings.
extension ExplainedError<TrainingErrorCode> {
  /// The error with a remedy that names the commands or the options.
  var withCommands: TrainingError {
    let words =
      switch code {
      case .samplesOutOfRange: "--lighting 0 leaves their brightness unchanged."
      case .noLearningRate:
        "`latent images find-rate --plot` draws the curve, and the option is --learning-rate."
      case .otherModel: "The options are --name and --version."
      case .badLabels: "`latent images summary` shows them."
      case .diverged, .badOption, .badData, .badState, .inputOutput, .cancelled: ""
      }
    return adding(words)
  }
}

extension ImageReportData.Advice {
  /// Advice in terms of the program's commands.
  static let ofCommands = Self(
    outOfFold:
      "with --folds 5 all images are examined, by models that have not learned from them",
    correction: "The command latent images relabel writes them as a table to correct.",
    copies: "latent images check finds copies by their pixels, too.")
}
