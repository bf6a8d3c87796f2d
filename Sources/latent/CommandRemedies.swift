import Errors
import Ratings
import RatingsFiles

/// What the program's commands and options do about errors of stores, which know of neither.
extension ExplainedError<StoreErrorCode> {
  /// The error with a remedy that names the command or the option.
  var withCommands: StoreError {
    let remedy =
      switch code {
      case .missing:
        "Make the store with `latent migrate` or `latent import`, or correct --store."
      case .notMigrated, .outdated: "Run `latent migrate`."
      case .settingsConflict:
        "\(remedy) The options are --user-id-type, --item-id-type, --scale and --feedback."
      case .silent: "\(remedy) The option is --statement-timeout."
      default: remedy
      }
    return StoreError(code, problem, place: place, remedy: remedy)
  }
}

/// The same for errors of files.
extension ExplainedError<RatingsFileErrorCode> {
  /// The error with a remedy that names the options.
  var withCommands: RatingsFileError {
    let options =
      switch code {
      case .notRewindable: "The options are --user-id-type and --item-id-type, or --spool-limit."
      case .noDelimiter: "The option is --delimiter."
      case .unknownColumns, .noValueColumn:
        "The option is --columns, for items --item-columns, and --header says that there is one."
      case .badQuoting: "The option is --quote."
      case .badText: "The option is --encoding."
      case .otherDecimalSign: "The option is --decimal."
      case .repeated: "The option is --repeats."
      case .noGoodLine: "The options are --columns, --delimiter and --quote."
      case .badTime: "The option is --time-unit."
      case .forgottenUser: "The option is --allow-forgotten."
      default: ""
      }
    return RatingsFileError(
      code, problem, place: place, remedy: options.isEmpty ? remedy : "\(remedy) \(options)")
  }
}
