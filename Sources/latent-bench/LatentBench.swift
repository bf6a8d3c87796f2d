import ArgumentParser
import Foundation

/// The benchmark counterpart of `latent`: measures what the project promises, next to the alternatives a user would
/// choose.
@main
struct LatentBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latent-bench",
    abstract: "Measures Latent, and compares it with peers if they are given.",
    discussion: """
      Prints one JSON line per figure to standard output, and progress to standard error. When two \
      sides are compared, their runs alternate, and the ratio is that of their medians. A missing \
      peer is reported on standard error, and its figures are left out.
      """,
    subcommands: [
      Collab.self, Ranking.self, TopItems.self, AllLists.self, Filters.self, OpenModel.self,
      TrainingMemory.self, PostgresReading.self, Serving.self, Fairness.self, Soak.self,
      Restarts.self, Connections.self, Kills.self,
      ImportRate.self, ResNetRates.self, ImageEpochs.self, Nights.self, WrittenRatings.self,
      FoldInAgreement.self,
      Neighbours.self, SimilarLookups.self, LabelErrorsFound.self, ColdItemsLearned.self,
      LessonCommand.self,
    ]
  )

  /// Runs the command. Stops and removes what it started, even when it is interrupted.
  static func main() {
    Cleanup.runWhenInterrupted()
    guard !CommandLine.arguments.isEmpty else {
      Progress.say("error: can't read the arguments: /proc is not mounted")
      Foundation.exit(1)
    }
    do {
      var command = try parseAsRoot()
      try command.run()
      Cleanup.waitIfInterrupted()
    } catch  where exitCode(for: error) == .failure && !(error is ExitCode) {
      Cleanup.waitIfInterrupted()
      Cleanup.run()
      Progress.say("error: \(error)")
      Foundation.exit(1)
    } catch {
      exit(withError: error)
    }
  }
}
