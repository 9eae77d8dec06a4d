# Recipe of expected.csv: R survival 3.5-3, `Rscript survfit.R` in this folder (development only; the tests need no R).
# influence = TRUE, as else survfit 3.5-3 leaves the error of the initial mix p0 out of its standard errors.
library(survival)
options(digits = 15)
spells <- read.csv("spells.csv", colClasses = c(from = "character", to = "character"), na.strings = character(0))
states <- c("a", "b", "c", "out")
spells$event <- factor(ifelse(spells$to == "", "censored", spells$to), c("censored", states))
spells$from <- factor(spells$from, states)
rows <- NULL
for (weighted in c(FALSE, TRUE)) for (group in c("all", "g0", "g1")) {
  part <- if (group == "all") spells else spells[spells$group == group, ]
  part$w <- if (weighted) part$weight else 1
  fit <- survfit(Surv(start, stop, event) ~ 1, part, id = customer_id, istate = from, weights = w, influence = TRUE)
  at <- summary(fit, times = c(5, 12.5, 30), extend = TRUE, rmean = 25)
  rows <- rbind(rows, data.frame(
    weighted = weighted, group = group, time = rep(at$time, 4), state = rep(fit$states, each = 3),
    probability = c(at$pstate), std_error = c(at$std.err),
    mean_time = rep(at$table[, "rmean"], each = 3), mean_time_error = rep(at$table[, "se(rmean)"], each = 3)))
}
# survfit 3.5-3 gives the error of the mean time without the weights.
rows$mean_time_error[rows$weighted] <- NA
write.csv(rows, "expected.csv", row.names = FALSE, na = "", quote = FALSE)
