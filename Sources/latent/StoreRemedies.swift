import Errors
import Ratings

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
        "\(remedy) The options are --user-id-type, --item-id-type and --scale."
      case .silent: "\(remedy) The option is --statement-timeout."
      default: remedy
      }
    return StoreError(code, problem, place: place, remedy: remedy)
  }
}
